"""What does each platform read when a case is answered? Its own fields, and what its no means in our words."""

import json
from dataclasses import replace

import pytest

from orderhub.connectors.channels.contract import AnswerNotice
from orderhub.connectors.channels.douyin.answers import call_for as douyin_call
from orderhub.connectors.channels.pinduoduo.answers import call_for as pinduoduo_call
from orderhub.connectors.channels.pinduoduo.answers import check_done as pinduoduo_done
from orderhub.connectors.channels.refusals import answer_problem_of
from orderhub.connectors.channels.taobao.answers import call_for as taobao_call
from orderhub.connectors.channels.taobao.answers import check_done as taobao_done
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, RefundDecision, UploadProblem
from orderhub.kernel.errors import PartnerRefused

from . import taobao_bodies
from .jd_bodies import service_row
from .test_contract import connected

NOTICE = AnswerNotice("900000000000000001", "9000000000000748675", RefundDecision.APPROVE, 11250)
REFUSAL = replace(NOTICE, decision=RefundDecision.REFUSE, reason_code="2", words="商品已签收")
RETURN = replace(NOTICE, decision=RefundDecision.AGREE_RETURN, address_no="95251", words="请寄回")


def test_taobao_reads_fen_a_version_and_a_phase():
    refund = taobao_bodies.refund()
    method, asked = taobao_call(NOTICE, refund)
    assert (method, asked) == (
        "taobao.rp.refunds.agree",
        {"refund_infos": "900000000000000001|11250|1795484460000|onsale"},
    )
    version = {"refund_id": "900000000000000001", "refund_phase": "onsale", "refund_version": "1795484460000"}
    assert taobao_call(RETURN, refund) == (
        "taobao.rp.returngoods.agree",
        version | {"seller_address_id": "95251", "remark": "请寄回"},
    )
    told = {"tid": "9000000000000748675", "oid": "9000000000001748675", "refuse_message": "商品已签收"}
    assert taobao_call(REFUSAL, refund) == ("taobao.refund.refuse", version | told | {"refuse_reason_id": "2"})


@pytest.mark.parametrize(
    ("kind", "decision", "type_no"),
    [
        (AftersaleKind.REFUND_BEFORE_SHIPPING, RefundDecision.APPROVE, 121),
        (AftersaleKind.REFUND_BEFORE_SHIPPING, RefundDecision.REFUSE, 122),
        (AftersaleKind.REFUND_AFTER_SHIPPING, RefundDecision.APPROVE, 201),
        (AftersaleKind.REFUND_AFTER_SHIPPING, RefundDecision.REFUSE, 202),
        (AftersaleKind.RETURN_AND_REFUND, RefundDecision.AGREE_RETURN, 101),
        (AftersaleKind.RETURN_AND_REFUND, RefundDecision.REFUSE, 102),
        (AftersaleKind.RETURN_AND_REFUND, RefundDecision.CONFIRM_GOODS, 111),
        (AftersaleKind.RETURN_AND_REFUND, RefundDecision.REFUSE_GOODS, 112),
        (AftersaleKind.EXCHANGE, RefundDecision.AGREE_RETURN, 301),
        (AftersaleKind.EXCHANGE, RefundDecision.REFUSE, 302),
        (AftersaleKind.EXCHANGE, RefundDecision.REFUSE_GOODS, 312),
    ],
)
def test_douyin_has_a_number_for_each_answer_to_each_kind(kind, decision, type_no):
    notice = AnswerNotice("1", "2", decision, 100, "7", "少了配件", "https://img.example/1.jpg", "95251")
    method, asked = douyin_call(notice, _standing(kind), {"update_time": 1795484460}, "Douyin")
    (item,) = asked["items"]
    assert (method, asked["type"]) == ("afterSale.operate", type_no)
    assert (item["aftersale_id"], item["update_time"]) == ("1", 1795484460)
    assert (item.get("reject_reason_code"), item.get("remark")) == (
        (7, "少了配件") if decision.refuses else (None, None)
    )
    evidence = [{"type": 1, "url": "https://img.example/1.jpg", "desc": ""}] if decision.refuses else None
    assert item.get("evidence") == evidence
    is_return = decision is RefundDecision.AGREE_RETURN
    assert item.get("logistics") == ({"receiver_address_id": 95251} if is_return else None)


def test_douyin_is_told_nothing_of_a_kind_without_a_number():
    with pytest.raises(PartnerRefused, match="documents no refuse"):
        douyin_call(REFUSAL, _standing(AftersaleKind.RESEND), {"update_time": 1}, "Douyin")


def test_jd_reads_a_state_and_why_not():
    line = connected(Channel.JD)
    number = line.gateway.numbers[0]
    line.connector.answer_refund(replace(REFUSAL, channel_refund_no=number))
    told = {"id": int(number), "status": 2, "checkUserName": "orderhub", "remark": "商品已签收", "rejectType": 2}
    assert line.gateway.answered == {number: told}


def test_a_service_order_of_jd_is_refused_and_nothing_else():
    line = connected(Channel.JD)
    line.gateway.services = (service_row(sysVersion=9),)
    line.connector.answer_refund(replace(REFUSAL, channel_refund_no="S724578811"))
    (told,) = line.gateway.answered.values()
    assert (told["sysVersion"], told["approveNotes"], told["approveReasonCid1"]) == (9, "商品已签收", "2")
    assert (told["buId"], told["orderId"]) == ("12345", "900000000001")
    line.gateway.services = (service_row(serviceStatus=10005),)
    with pytest.raises(PartnerRefused, match="holds it as awaiting_return"):
        line.connector.answer_refund(replace(REFUSAL, channel_refund_no="S724578811"))


def test_pinduoduo_reads_one_object_as_text():
    notice = replace(NOTICE, channel_order_no="261124-130000000000001", words="同意")
    method, asked = pinduoduo_call(notice)
    named = {"after_sales_id": 900000000000000001, "order_sn": "261124-130000000000001", "operate_desc": "同意"}
    assert (method, json.loads(asked["request"])) == ("pdd.refund.agree", named)
    returning = replace(notice, decision=RefundDecision.AGREE_RETURN, address_no="95251")
    method, asked = pinduoduo_call(returning)
    assert method == "pdd.refund.returngoods.agree"
    assert json.loads(asked["request"]) == named | {"return_address_id": "95251"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"result": {"succ": False, "message": "售后单状态已变更"}}, "售后单状态已变更"),
        ({"success": False, "error_code": 52, "error_msg": "x"}, "52"),
        ({}, ""),
    ],
)
def test_pinduoduo_says_no_in_more_than_one_way(answer, code):
    with pytest.raises(PartnerRefused) as refused:
        pinduoduo_done(answer, "Pinduoduo")
    assert refused.value.partner_code == code


def test_taobao_says_no_within_a_list():
    row = {"refund_id": "1", "succ": False, "message": "请输入短信验证码"}
    with pytest.raises(PartnerRefused) as refused:
        taobao_done({"msg_code": "OP_FAILURE_UE", "results": {"refund_mapping_result": [row]}}, "Taobao")
    assert refused.value.partner_code == "needs-code"
    taobao_done({"succ": True, "results": {"refund_mapping_result": [row | {"succ": True}]}}, "Taobao")


@pytest.mark.parametrize(
    ("channel", "code", "problem"),
    [
        (Channel.DOUYIN, "isv.business-failed:20309541", UploadProblem.ANSWERED_ALREADY),
        (Channel.DOUYIN, "isv.business-failed:11001", UploadProblem.BY_HAND),
        (Channel.JD, "answered-already", UploadProblem.ANSWERED_ALREADY),
        (Channel.PINDUODUO, "not-documented", UploadProblem.BY_HAND),
        (Channel.TAOBAO, "amount-changed", UploadProblem.CASE_CHANGED),
        (Channel.TAOBAO, "needs-code", UploadProblem.NEEDS_CODE),
        (Channel.MINIPROGRAM, "no-money", UploadProblem.NO_MONEY),
        (Channel.TAOBAO, "isv.whatever", UploadProblem.REFUSED),
    ],
)
def test_a_no_to_an_answer_has_words(channel, code, problem):
    assert answer_problem_of(channel, code) is problem


def _standing(kind):
    line = connected(Channel.DOUYIN)
    number = line.gateway.numbers[0]
    return replace(
        line.module.parse_refund(line.connector.refund(number).body), kind=kind, status=AftersaleStatus.REQUESTED
    )
