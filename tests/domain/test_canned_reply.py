"""Does a canned reply say of an order what is known, refuse what nothing fills, and name no buyer?"""

import pytest
from sqlmodel import col, select

from orderhub.domain.canned_reply import (
    CannedReply,
    NothingToFillIn,
    TitleTaken,
    filled,
    put_reply,
    replies,
    retire_reply,
)
from orderhub.domain.ticket import TicketKind
from orderhub.domain.words import ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.builders import NOW

ALL_GAPS = "订单 {订单号} 的 {商品} 已由 {快递} 发出,单号 {运单号}"


def test_gaps_are_filled_from_the_order_and_its_parcels(database):
    with transaction() as session:
        parcels = (builders.parcel(), builders.parcel("YT0000000000002"))
        order = builders.order(session, status=ChannelStatus.SHIPPED, shipped_at=NOW, parcels=parcels)
        reply = put_reply(session, title="已发货", text=ALL_GAPS, by="li", now=NOW)
        said = filled(session, reply, order)
        assert said == (
            "订单 6900000000000000001 的 收纳箱 40L ×1 已由 圆通速递 发出,单号 YT0000000000001、YT0000000000002"
        )
        for secret in (order.receiver_phone_masked, order.receiver_name_masked, order.buyer_token):
            assert secret not in said


def test_what_the_order_does_not_have_yet_is_said_instead_of_left_empty(database):
    with transaction() as session:
        order = builders.order(session)
        reply = put_reply(session, title="已发货", text=ALL_GAPS, by="li", now=NOW)
        with pytest.raises(NothingToFillIn) as refused:
            filled(session, reply, order)
        assert refused.value.names == {"gap": "快递"}
        with pytest.raises(NothingToFillIn):
            filled(session, reply, None)
        plain = put_reply(session, title="问候", text="亲,在的", by="li", now=NOW)
        assert filled(session, plain, None) == "亲,在的"


@pytest.mark.parametrize(
    ("title", "text", "problem"),
    [
        ("地址", "寄到 {地址}", "unknown_placeholder"),
        ("括号", "订单 {订单号", "unknown_placeholder"),
        ("括号", "订单号} 在", "unknown_placeholder"),
        ("括号", "{{订单号}}", "unknown_placeholder"),
        ("", "在", "reply_words"),
        ("空", "  ", "reply_words"),
        ("长", "好" * 501, "too_long"),
    ],
)
def test_what_no_order_fills_is_refused(database, title, text, problem):
    with transaction() as session, pytest.raises(BadInput) as refused:
        put_reply(session, title=title, text=text, by="li", now=NOW)
    assert refused.value.problem == problem
    with reading() as session:
        assert session.exec(select(CannedReply)).all() == []


def test_a_reply_is_changed_retired_and_offered_again(database):
    with transaction() as session:
        reply = put_reply(session, title="问候", text="在的", by="li", now=NOW)
        put_reply(session, title="破损", text="请拍照", kind=TicketKind.COMPLAINT, by="li", now=NOW)
        with pytest.raises(TitleTaken):
            put_reply(session, title="破损", text="另一个", by="li", now=NOW)
        put_reply(session, reply.id, title="问候", text="亲,在的", by="wang", now=NOW)
        assert [one.title for one in replies(session, kind=TicketKind.COMPLAINT)] == ["破损", "问候"]
        assert [one.title for one in replies(session, kind=TicketKind.INVOICE)] == ["问候"]
        for _ in range(2):
            retire_reply(session, reply.id, by="wang", now=NOW)
        assert [one.title for one in replies(session)] == ["破损"]
        assert [one.title for one in replies(session, with_retired=True)] == ["破损", "问候"]
        put_reply(session, reply.id, title="问候", text="在的", by="wang", now=NOW)
        assert (reply.is_retired, reply.changed_by) == (False, "wang")
        with pytest.raises(NotFound):
            put_reply(session, 99, title="无", text="无", by="li", now=NOW)
    with reading() as session:
        changes = session.exec(
            select(Event.body).where(Event.kind == "canned_reply_changed").order_by(col(Event.id))
        ).all()
    assert [body["is_retired"] for body in changes] == [False, False, False, True, False]
