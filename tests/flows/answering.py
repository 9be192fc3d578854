"""What the stories of answers have in common: a case, an answer, and what its platform then holds."""

from datetime import timedelta
from typing import Any

from sqlmodel import select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.refund_answer import RefundAnswer, Wording, answer, answers_of
from orderhub.domain.words import Channel, RefundDecision
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.lab.orders import LabRefund

AGREE_APIS = {
    Channel.TAOBAO: "taobao.rp.refunds.agree",
    Channel.DOUYIN: "afterSale.operate",
    Channel.JD: "jingdong.pop.afs.soa.refundapply.replyRefund",
    Channel.PINDUODUO: "pdd.refund.agree",
}
WHY_NOT = Wording(reason_code="2", words="商品已经签收")
ADDRESS = Wording(address_no="95251", words="请寄回仓库")


def do(hub: Any, number: str, deed: str, **asked: Any) -> None:
    hub.tell_lab(f"orders/{hub.code}/{number}", do=deed, **asked)


def pulled(hub: Any) -> Aftersale:
    """The one case, as the hub holds it after a pull."""
    assert hub.sync().error == ""
    hub.settle(later=timedelta(minutes=10))
    return case_here()


def case_here() -> Aftersale:
    with reading() as session:
        return session.exec(select(Aftersale)).one()


def asked_back(hub: Any) -> Aftersale:
    """An order that has not left, and its buyer who wants the money back."""
    (number,) = hub.orders_come(1)
    do(hub, number, "request_refund", line=0)
    return pulled(hub)


def to_be_returned(hub: Any) -> tuple[str, Aftersale]:
    (number,) = hub.orders_come(1)
    for deed in ("ship", "deliver"):
        do(hub, number, deed)
    do(hub, number, "request_refund", line=0, reason="质量问题")
    return number, pulled(hub)


def give(case: Aftersale, decision: RefundDecision, wording: Wording | None = None, **asked: Any) -> RefundAnswer:
    now = asked.pop("now", None) or utc_now()
    with transaction() as session:
        return answer(session, case.id, decision, wording, by="ceshi-s", now=now, **asked)


def given(case: Aftersale) -> RefundAnswer:
    """The newest answer."""
    with reading() as session:
        return answers_of(session, case.id)[0]


def theirs(hub: Any) -> LabRefund:
    return hub.refunds()[0]


def told(hub: Any) -> list[dict[str, Any]]:
    """What the platform has taken as answers."""
    return [row for row in hub.world.uploads if row["kind"] == "refund_answer"]
