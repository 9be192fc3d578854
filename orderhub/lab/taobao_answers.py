"""How does TOP take a merchant's answer to a refund? By version, and money in lists.

Source: API metadata and comments of the official SDKs, read 2026-11; the words of its refusals are the lab's own.
"""

from orderhub.domain.words import RefundDecision
from orderhub.lab import changes, taobao_bodies
from orderhub.lab.answers import Body, Refused
from orderhub.lab.orders import LabRefund
from orderhub.lab.shops import LabShop
from orderhub.lab.taobao_params import Params, invalid, number
from orderhub.lab.world import World


class TopAnswers:
    def __init__(self, world: World) -> None:
        self.world = world

    def agree(self, shop: LabShop, params: Params) -> Body:
        """``refund_infos``: number, fen, version and phase of each, with bars between."""
        rows = [self._agree_one(shop, info) for info in params.get("refund_infos", "").split(",")]
        succeeded = [row for row in rows if row["succ"]]
        words = {len(rows): "OP_SUCC", 0: "OP_FAILURE_UE"}
        told = {"succ": len(succeeded) == len(rows), "msg_code": words.get(len(succeeded), "SOME_OP_SUCC")}
        return told | {"message": "", "results": {"refund_mapping_result": rows}}

    def agree_return(self, shop: LabShop, params: Params) -> Body:
        case = self._newest(shop, params)
        self._answer(shop, case, RefundDecision.AGREE_RETURN, address=params.get("seller_address_id", ""))
        return {"is_success": True}

    def refuse(self, shop: LabShop, params: Params) -> Body:
        if not 2 <= len(params.get("refuse_message", "")) <= 200:
            raise invalid("isv.invalid-parameter:refuse_message", "拒绝说明长度为2-200")
        case = self._newest(shop, params)
        if (number(params, "tid"), number(params, "oid")) != (case.order.number, case.line.number):
            raise invalid("isv.invalid-parameter:tid", "退款单与订单不匹配")
        self._answer(shop, case, RefundDecision.REFUSE, reason=params["refuse_message"])
        told = {"refund_id": case.number, "status": taobao_bodies.REFUND_WORDS[case.status]}
        return {"refund": told | {"modified": taobao_bodies.moment(case.modified)}, "is_success": True}

    def _agree_one(self, shop: LabShop, info: str) -> Body:
        refund_no, fen, version, *_ = [*info.split("|"), "", "", ""]
        case = case_of(self.world, shop, number({"refund_infos": refund_no}, "refund_infos"))
        said = ""
        if self.world.faults.take("seller_code", shop.code, "taobao.rp.refunds.agree"):
            said = "请输入短信验证码"
        elif (fen, version) != (str(case.amount_fen), str(case.modified * 1000)):
            said = "退款金额或版本已变更"
        else:
            goods = RefundDecision.CONFIRM_GOODS.fits(case.kind, case.status)
            try:
                self._answer(shop, case, RefundDecision.CONFIRM_GOODS if goods else RefundDecision.APPROVE)
            except Refused as refused:
                said = refused.sub_msg
        return {"refund_id": str(case.number), "succ": not said, "message": said or "操作成功"}

    def _newest(self, shop: LabShop, params: Params) -> LabRefund:
        case = case_of(self.world, shop, number(params, "refund_id"))
        if number(params, "refund_version") != case.modified * 1000:
            raise Refused(15, "Remote service error", "isv.refund-version-changed", "退款版本已变更")
        return case

    def _answer(self, shop: LabShop, case: LabRefund, decision: RefundDecision, **facts: str) -> None:
        if not changes.answer(self.world, case, self.world.now(), decision):
            raise Refused(15, "Remote service error", "isv.refund-status-error", "退款单状态已变更")
        self.world.uploaded("refund_answer", shop.code, refund=str(case.number), type=str(decision), **facts)


def case_of(world: World, shop: LabShop, refund_no: int) -> LabRefund:
    """Raises: Refused: the shop has no such case."""
    case = world.shelves[shop.code].refunds.get(refund_no)
    if case is None:
        raise Refused(15, "Remote service error", "isv.refund-not-exist", "退款单不存在")
    return case
