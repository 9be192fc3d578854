"""Who is told of what, once, until when, and whose telephone is kept?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from orderhub.domain.buyer_contact import mobile_in
from orderhub.domain.notice import (
    TOLD_WITHIN,
    Notice,
    NoticeNotOver,
    NoticeState,
    begin_anew,
    note_notice,
    one_for_each_buyer,
    sent_notice,
    too_late,
)
from orderhub.domain.notice_plan import (
    NoticeField,
    NoticeMoment,
    NoticeWay,
    may_tell,
    quiet_ends,
    set_notice_plan,
    ways_of,
)
from orderhub.domain.notice_values import sample_values, values_of
from orderhub.domain.notifier_account import NotifierAccount
from orderhub.domain.shop import Shop
from orderhub.domain.track import follow_parcel
from orderhub.domain.words import Channel, NotifierKind, ScanNode, UploadProblem
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event
from tests import builders

NIGHT = (22 * 60, 8 * 60)


@pytest.fixture
def shop(database) -> Shop:
    with database.transaction() as session:
        made = builders.shop(session, "mp-1", Channel.MINIPROGRAM, app_key="wx-1")
        for code, kind in (("sms", NotifierKind.SMS_ALIYUN), ("wx", NotifierKind.WECHAT_SUBSCRIBE)):
            session.add(NotifierAccount(code=code, kind=kind, name=code, app_no="wx-1", created_at=builders.NOW))
    return made


def way(session: Session, code: str = "sms", **changes) -> NoticeWay:
    account = session.exec(select(NotifierAccount).where(NotifierAccount.code == code)).one()
    facts = {"account_id": account.id, "template_no": "SMS_1", "values": (("no", NoticeField.TRACKING_NO),)}
    return NoticeWay(**facts | changes)


def plan(session: Session, shop: Shop, *ways: NoticeWay, moment: NoticeMoment = NoticeMoment.SHIPPED, **changes):
    facts = {"is_on": True, "ways": ways, "quiet": NIGHT, "by": "ceshi-o", "now": builders.NOW} | changes
    return set_notice_plan(session, shop, moment, **facts)


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439))
def test_quiet_hours_end_within_a_day_and_outside_them_nothing_waits(start, end, minute):
    at = datetime(2026, 11, 24, tzinfo=SHANGHAI) + timedelta(minutes=minute)
    told = quiet_ends(at.astimezone(UTC), start, end)
    assert timedelta() <= told - at < timedelta(days=1)
    local = told.astimezone(SHANGHAI)
    assert told == at or local.hour * 60 + local.minute == end
    assert quiet_ends(told, start, end) == told
    assert start != end or told == at


@pytest.mark.parametrize(
    ("clock", "told"),
    [("21:59", "21:59"), ("22:00", "08:00"), ("03:00", "08:00"), ("07:59", "08:00"), ("08:00", "08:00")],
)
def test_the_night_ends_at_eight(clock, told):
    hour, minute = map(int, clock.split(":"))
    at = datetime(2026, 11, 24, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)
    assert quiet_ends(at, *NIGHT).astimezone(SHANGHAI).strftime("%H:%M") == told


@pytest.mark.parametrize(
    ("moment", "node", "hours", "problem"),
    [
        (NoticeMoment.SHIPPED, None, 1, None),
        (NoticeMoment.SHIPPED, ScanNode.OUT_FOR_DELIVERY, 1, None),
        (NoticeMoment.SHIPPED, ScanNode.DELIVERED, 1, UploadProblem.OVERTAKEN),
        (NoticeMoment.SHIPPED, None, 25, UploadProblem.TOO_OLD),
        (NoticeMoment.LEFT_HUB, ScanNode.ARRIVED_HUB, 1, None),
        (NoticeMoment.LEFT_HUB, ScanNode.OUT_FOR_DELIVERY, 1, UploadProblem.OVERTAKEN),
        (NoticeMoment.OUT_FOR_DELIVERY, ScanNode.OUT_FOR_DELIVERY, 6, None),
        (NoticeMoment.OUT_FOR_DELIVERY, ScanNode.OUT_FOR_DELIVERY, 15, UploadProblem.TOO_OLD),
        (NoticeMoment.READY_FOR_PICKUP, ScanNode.READY_FOR_PICKUP, 47, None),
        (NoticeMoment.READY_FOR_PICKUP, ScanNode.RETURNING, 1, UploadProblem.OVERTAKEN),
    ],
)
def test_what_is_no_news_any_more_is_not_told(moment, node, hours, problem):
    happened_at = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI).astimezone(UTC)
    notice = Notice(moment=moment, happened_at=happened_at)
    assert too_late(notice, node, happened_at + timedelta(hours=hours)) is problem


def test_every_moment_has_a_time_to_be_told_in():
    assert TOLD_WITHIN.keys() == set(NoticeMoment)


def test_only_the_merchants_own_program_is_told_for(database, shop):
    assert [channel for channel in Channel if may_tell(channel)] == [Channel.MINIPROGRAM]
    with database.transaction() as session:
        douyin = builders.shop(session)
        with pytest.raises(BadInput) as caught:
            plan(session, douyin, way(session))
    assert caught.value.problem == "notice_platform"


def test_a_plan_is_kept_as_it_was_typed_and_said_once(database, shop):
    with database.transaction() as session:
        wanted = (way(session, "wx", page="pages/parcel/index"), way(session))
        for _ in range(2):
            kept = plan(session, session.merge(shop), *wanted)
        assert ways_of(kept) == wanted
        (event,) = session.exec(select(Event).where(Event.kind == "notice_plan_changed")).all()
    assert event.body == {"moment": "shipped", "is_on": True, "ways": 2, "was": None}


def test_a_notice_is_noted_once_and_too_late_ones_say_so(database, shop):
    with database.transaction() as session:
        seller = session.merge(shop)
        order = builders.order(session, "MP-1", of=seller)
        track = follow_parcel(session, "75312345678901", None, shipped_at=builders.NOW)
        kept = plan(session, seller, way(session))
        facts = {"happened_at": builders.NOW, "now": builders.NOW}
        first = note_notice(session, track, order, kept, **facts)
        assert note_notice(session, track, order, kept, **facts) is None
        late = plan(session, seller, way(session), moment=NoticeMoment.OUT_FOR_DELIVERY)
        in_the_evening = datetime(2026, 11, 24, 22, 30, tzinfo=SHANGHAI).astimezone(UTC)
        old = note_notice(session, track, order, late, happened_at=in_the_evening, now=in_the_evening)
        assert first
        assert old
        assert (first.state, old.state, old.problem) == (
            NoticeState.WAITING,
            NoticeState.SKIPPED,
            UploadProblem.TOO_OLD,
        )
        sent_notice(session, first, way="sms_aliyun", now=builders.NOW)
        with pytest.raises(NoticeNotOver):
            begin_anew(session, first.id, by="ceshi-s", now=builders.NOW)
        values = values_of(session, first, now=builders.NOW)
    assert values.keys() == sample_values(NoticeMoment.SHIPPED, "店").keys() == set(NoticeField)
    assert values[NoticeField.LINK].endswith(f"/t/{values[NoticeField.LINK_CODE]}")
    assert not [text for text in values.values() if "buyer-0001" in text or "138" in text]


def test_orders_without_a_buyers_token_are_different_buyers(database, shop):
    with database.transaction() as session:
        seller = session.merge(shop)
        orders = [
            builders.order(session, f"MP-{turn}", of=seller, buyer_token=token)
            for turn, token in enumerate(("a", "", "a", "", "b"))
        ]
        assert [order.channel_order_no for order in one_for_each_buyer(orders)] == ["MP-0", "MP-1", "MP-3", "MP-4"]


@pytest.mark.parametrize(
    ("said", "mobile"),
    [
        ("13800000001", "13800000001"),
        (" +86 13800000001", "13800000001"),
        ("8613800000001", "13800000001"),
        ("138****0001", ""),
        ("12800000001", ""),
        ("010-88888888", ""),
        ("１３８００００００01", ""),
        (13800000001, ""),
        (None, ""),
    ],
)
def test_only_a_whole_mobile_is_a_telephone(said, mobile):
    assert mobile_in(said) == mobile
