"""Does the lab take a merchant's answers as strictly as the platforms, once, and by the newest version?"""

import pytest

from orderhub.domain.words import AftersaleKind, AftersaleStatus


@pytest.fixture
def asked(lab):
    """By shop: an order and the case that its buyer has opened."""

    def ask(shop, *deeds, **wanted):
        order = lab.order(shop, paid=True)
        for deed in (*deeds, "request_refund"):
            lab.change(order, deed, **(wanted if deed == "request_refund" else {}))
        return order, next(iter(lab.world.shelves[shop].refunds.values()))

    return ask


def test_top_pays_only_what_was_named_at_the_newest_version(lab, asked):
    _, case = asked("tb-flagship")
    version = case.modified * 1000
    for infos in (
        f"{case.number}|{case.amount_fen - 1}|{version}",
        f"{case.number}|{case.amount_fen}|{version - 1000}",
    ):
        answer = lab.top("taobao.rp.refunds.agree", refund_infos=infos)
        assert (answer["succ"], answer["msg_code"]) == (False, "OP_FAILURE_UE")
    assert case.status is AftersaleStatus.REQUESTED
    paid = {"refund_infos": f"{case.number}|{case.amount_fen}|{version}|onsale"}
    assert lab.top("taobao.rp.refunds.agree", **paid)["msg_code"] == "OP_SUCC"
    assert lab.top("taobao.rp.refunds.agree", **paid)["msg_code"] == "OP_FAILURE_UE"
    assert case.status is AftersaleStatus.CLOSED


def test_top_wants_words_with_a_refusal_and_the_order_it_is_about(lab, asked):
    order, case = asked("tb-flagship", "ship", kind=AftersaleKind.REFUND_AFTER_SHIPPING)
    named = {"refund_id": case.number, "refund_version": case.modified * 1000, "tid": order["number"]}
    refusal = named | {"oid": case.line.number, "refuse_message": "商品已签收"}
    refuse = "taobao.refund.refuse"
    assert lab.top(refuse, **refusal | {"refuse_message": "否"})["code"] == 41
    assert lab.top(refuse, **refusal | {"oid": 1})["code"] == 41
    assert lab.top(refuse, **refusal | {"refund_version": 1})["sub_code"] == "isv.refund-version-changed"
    assert lab.top(refuse, **refusal)["refund"]["status"] == "SELLER_REFUSE_BUYER"
    assert lab.top(refuse, **refusal)["code"] == 15


def test_douyin_knows_its_numbers_and_lets_nobody_answer_twice(lab, asked):
    _, case = asked("dy-flagship", "ship", "deliver")
    item = {"aftersale_id": str(case.number), "update_time": case.modified}
    agree = {"type": 101, "items": [item]}
    state_error = "isv.business-failed:20309541"
    assert lab.douyin("afterSale.operate", agree | {"type": 999})["code"] == 40003
    assert lab.douyin("afterSale.operate", agree | {"type": 201})["sub_code"] == state_error  # another kind's number
    assert lab.douyin("afterSale.operate", agree | {"type": 102})["code"] == 40001  # no reason was given
    old = {"type": 101, "items": [item | {"update_time": case.modified - 1}]}
    assert lab.douyin("afterSale.operate", old)["sub_code"] == state_error
    assert lab.douyin("afterSale.operate", agree)["items"][0]["status_code"] == 0
    assert case.status is AftersaleStatus.AWAITING_RETURN
    assert lab.douyin("afterSale.operate", agree)["sub_code"] == state_error


def test_jd_wants_a_remark_and_a_reason_it_knows(lab, asked):
    _, case = asked("jd-flagship")
    reply = {"id": case.number, "status": 2, "checkUserName": "test", "remark": "已发货", "rejectType": 5}
    method = "jingdong.pop.afs.soa.refundapply.replyRefund"
    for wrong in ({"remark": ""}, {"rejectType": 9}, {"status": 4}):
        assert lab.jd(method, reply | wrong)["replyResult"]["success"] is False
    assert lab.jd(method, reply)["replyResult"]["success"] is True
    assert case.status is AftersaleStatus.REJECTED


def test_past_its_deadline_the_platform_has_decided_alone(lab, asked):
    _, case = asked("dy-flagship")
    lab.advance(hours=49)
    item = {"aftersale_id": str(case.number), "update_time": case.modified}
    answer = lab.douyin("afterSale.operate", {"type": 121, "items": [item]})
    assert (answer["sub_code"], case.status) == ("isv.business-failed:20309541", AftersaleStatus.CLOSED)
    assert [row for row in lab.get("/uploads")["uploads"] if row["kind"] == "refund_answer"] == []
