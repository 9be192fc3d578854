"""A buyer hears of a parcel: by each way, by the next one where one fails, once, and at decent hours."""

import json
import threading
import time
from datetime import timedelta

import pytest
from sqlmodel import SQLModel, select

from orderhub.automation.noticing import tell_again
from orderhub.automation.notifier_keyring import forget_notifier_lines
from orderhub.automation.outbox import LEASE, OutboxPause, OutboxState
from orderhub.automation.runner import run_next
from orderhub.automation.sending import Postman
from orderhub.domain.notice import NoticeState
from orderhub.domain.notice_plan import NoticeMoment
from orderhub.domain.rollout import set_rollout
from orderhub.domain.shop import Rollout, shop_named
from orderhub.domain.words import NotifierKind, ScanNode, UploadProblem
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import SHANGHAI, utc_now
from orderhub.kernel.db import close_database, open_database, reading, transaction
from orderhub.lab.faults import Fault
from orderhub.lab.notifiers import ALIYUN_NAME, TENCENT_NAME, WECHAT
from tests.databases import with_tables

from .hub import wait_until
from .notices import CODE, OPENID, PARCEL, PHONE, Telling, notices, open_anomalies, told_events
from .shipping import message, messages, started, work

SUBSCRIBE, TEMPLATE = NotifierKind.WECHAT_SUBSCRIBE, NotifierKind.WECHAT_TEMPLATE
ALIYUN, TENCENT = NotifierKind.SMS_ALIYUN, NotifierKind.SMS_TENCENT


@pytest.fixture
def telling(lab, db_url):
    with_tables(db_url)
    yield Telling(*lab)
    forget_connectors()
    forget_notifier_lines()


def test_nobody_is_told_before_the_merchant_wants_it(telling):
    telling.order()
    telling.ship()
    work()
    telling.scan("离开【测试】分拨中心", ScanNode.LEFT_HUB)
    work()
    assert (telling.got(), messages(), notices()) == ([], [], [])


@pytest.mark.parametrize(
    ("kind", "to", "has"),
    [
        (SUBSCRIBE, OPENID, {"thing1": "收纳箱 40L ×1", "character_string2": PARCEL}),
        (TEMPLATE, OPENID, {"thing1": "收纳箱 40L ×1", "phrase2": "已发货"}),
        (ALIYUN, PHONE, {"no": PARCEL}),
        (TENCENT, PHONE, {"1": "中通快递", "2": PARCEL}),
    ],
)
def test_a_shipped_parcel_is_told_of_by_its_way_with_the_tracking_link(telling, kind, to, has):
    telling.plan(kind)
    telling.order()
    telling.ship()
    work()
    (got,) = telling.lab.received
    assert (got.way, got.to) == (str(kind), to)
    assert has.items() <= got.values.items()
    link = got.link or got.values.get("code") or got.values["3"]
    assert len(link.rpartition("=")[2].rpartition("/")[2]) == 30
    (notice,) = notices()
    assert (notice.state, message().state) == (NoticeState.SENT, OutboxState.SENT)
    assert told_events() == [
        ("notice_sent", {"moment": "shipped", "way": str(kind), "tracking_no": PARCEL}),
    ]


def test_a_buyer_hears_of_a_hub_once_and_of_each_day_of_delivery(telling):
    for moment in (NoticeMoment.LEFT_HUB, NoticeMoment.OUT_FOR_DELIVERY, NoticeMoment.READY_FOR_PICKUP):
        telling.plan(TEMPLATE, moment=moment)
    telling.order()
    telling.ship()
    work()
    now = utc_now()
    for ago, node in (
        (50, ScanNode.LEFT_HUB),
        (40, ScanNode.ARRIVED_HUB),
        (30, ScanNode.LEFT_HUB),
        (9, ScanNode.OUT_FOR_DELIVERY),
        (8, ScanNode.PROBLEM),
        (7, ScanNode.OUT_FOR_DELIVERY),
        (1, ScanNode.READY_FOR_PICKUP),
    ):
        telling.scan(f"测试 {ago}", node, at=now - timedelta(seconds=ago))
        work()
    assert [one.moment for one in notices()] == ["left_hub", "out_for_delivery", "ready_for_pickup"]
    assert len(telling.got()) == 3


def test_two_orders_of_a_buyer_in_one_parcel_are_one_message_and_two_buyers_are_two(telling):
    telling.plan(TEMPLATE)
    telling.plan(TEMPLATE, moment=NoticeMoment.LEFT_HUB)
    for number, buyer in (("MP-0001", "openid-a"), ("MP-0002", "openid-a"), ("MP-0003", "openid-b")):
        telling.order(number, buyer=buyer)
        telling.ship(number)
    work()
    telling.scan("离开【测试】分拨中心", ScanNode.LEFT_HUB)
    work()
    assert sorted(to for _, to in telling.got()) == ["openid-a", "openid-a", "openid-b", "openid-b"]
    assert sorted(one.moment for one in notices()) == ["left_hub", "left_hub", "shipped", "shipped"]


def test_a_buyer_who_refused_messages_is_told_by_the_next_way(telling):
    telling.plan(SUBSCRIBE, TENCENT, ALIYUN)
    telling.faults.set(Fault("notice_refused", shop=WECHAT, word="43101"))
    telling.faults.set(Fault("notice_refused", shop=TENCENT_NAME, word="LimitExceeded.PhoneNumberDailyLimit"))
    telling.order()
    telling.ship()
    work()
    assert telling.got() == [("sms_aliyun", PHONE)]
    assert [(one.state, one.problem, one.partner_code) for one in messages()] == [
        (OutboxState.REFUSED, UploadProblem.NOT_WANTED, "43101"),
        (OutboxState.REFUSED, UploadProblem.QUOTA, "LimitExceeded.PhoneNumberDailyLimit"),
        (OutboxState.SENT, UploadProblem.NONE, ""),
    ]
    assert (notices()[0].state, open_anomalies()) == (NoticeState.SENT, [])


def test_after_the_last_way_the_code_stands_in_words_until_the_parcel_arrives(telling):
    telling.plan(SUBSCRIBE, ALIYUN)
    telling.faults.set(Fault("notice_refused", shop=WECHAT, word="43101"))
    telling.faults.set(Fault("notice_refused", shop=ALIYUN_NAME, word="isv.BUSINESS_LIMIT_CONTROL"))
    telling.order()
    telling.ship()
    work()
    assert telling.got() == []
    ((kind, subject, note),) = open_anomalies()
    assert (kind, subject) == ("notice_undeliverable", "order")
    assert note == f"{PARCEL} 已发货: 通知额度用完，或对同一买家太频繁（isv.BUSINESS_LIMIT_CONTROL）"
    assert [kind for kind, _ in told_events()] == ["notice_failed"]
    telling.scan("已签收", ScanNode.DELIVERED)
    work()
    assert open_anomalies() == []


def test_a_failed_notice_is_told_again_by_hand_and_the_anomaly_ends(telling):
    telling.plan(ALIYUN)
    telling.faults.set(Fault("notice_refused", shop=ALIYUN_NAME, word="isv.SMS_TEMPLATE_ILLEGAL", count=1))
    telling.order()
    telling.ship()
    work()
    assert notices()[0].problem is UploadProblem.BAD_TEMPLATE
    with transaction() as session:
        assert tell_again(session, notices()[0].id, by="ceshi-s", now=utc_now())
    work()
    assert (telling.got(), open_anomalies()) == ([("sms_aliyun", PHONE)], [])
    assert (notices()[0].state, message().state) == (NoticeState.SENT, OutboxState.SENT)


def test_a_hanging_way_gives_over_to_the_next_and_holds_up_no_other(telling):
    telling.plan(TEMPLATE, ALIYUN)
    telling.faults.set(Fault("server_error", shop=WECHAT, api="template"))
    telling.order()
    telling.ship()
    postman = Postman()
    for minutes in range(8):
        work(later=timedelta(minutes=minutes), postman=postman)
    assert telling.got() == [("sms_aliyun", PHONE)]
    assert (messages()[0].state, messages()[0].problem) == (OutboxState.SKIPPED, UploadProblem.UNREACHABLE)


def test_a_notifier_that_hangs_keeps_only_its_own_lane(telling):
    telling.plan(TEMPLATE)
    telling.plan(ALIYUN, moment=NoticeMoment.LEFT_HUB)
    telling.faults.set(Fault("timeout", shop=WECHAT, seconds=3))
    telling.order()
    telling.ship()
    while run_next(utc_now() + timedelta(seconds=1)):
        pass
    telling.scan("离开【测试】分拨中心", ScanNode.LEFT_HUB)
    while run_next(utc_now() + timedelta(seconds=1)):
        pass
    postman, now = Postman(), utc_now() + timedelta(seconds=1)
    hanging = threading.Thread(target=postman.send_next, args=(now,))
    hanging.start()
    wait_until(lambda: telling.lab.calls.get(WECHAT))
    while postman.send_next(now):
        pass
    assert telling.got() == [("sms_aliyun", PHONE)]
    hanging.join()


def test_a_notifier_that_lies_is_asked_again_and_nothing_else_happens(telling):
    telling.plan(ALIYUN)
    telling.faults.set(Fault("truncated_json", shop=ALIYUN_NAME, count=1))
    telling.order()
    telling.ship()
    work()
    assert (message().state, message().problem) == (OutboxState.WAITING, UploadProblem.UNREACHABLE)
    work(later=timedelta(minutes=1))
    assert message().state is OutboxState.SENT
    assert {one.request_no for one in telling.lab.received} == {f"oh-{notices()[0].id}-0"}


def test_wrong_keys_pass_over_to_another_way_and_without_one_wait_for_new_keys(telling):
    telling.plan(TEMPLATE, ALIYUN)
    telling.plan(TEMPLATE, moment=NoticeMoment.LEFT_HUB)
    telling.connect(TEMPLATE, secret="wrong")
    telling.order()
    telling.ship()
    work()
    assert telling.got() == [("sms_aliyun", PHONE)]
    telling.scan("离开【测试】分拨中心", ScanNode.LEFT_HUB)
    work()
    assert messages()[-1].state is OutboxState.WAITING
    assert [(kind, subject) for kind, subject, _ in open_anomalies()] == [("notice_undeliverable", "notifier_account")]
    with reading() as session:
        assert session.exec(select(OutboxPause.cause)).all() == ["unauthorised"]
    telling.connect(TEMPLATE)
    work()
    assert telling.got() == [("sms_aliyun", PHONE), ("wechat_template", OPENID)]
    assert open_anomalies() == []


def test_a_token_that_died_elsewhere_is_renewed_and_nobody_notices(telling):
    telling.plan(TEMPLATE)
    for number in ("MP-0001", "MP-0002"):
        telling.order(number)
        telling.ship(number, f"7531234567890{number[-1]}")
        work()
        telling.lab.expire_tokens()
    assert len(telling.got()) == 2


def test_in_quiet_hours_a_message_waits_for_their_end(telling):
    local = utc_now().astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    quiet = ((minute - 60) % 1440, (minute + 60) % 1440)
    telling.plan(TEMPLATE, quiet=quiet)
    telling.order()
    telling.ship()
    work()
    assert (telling.got(), message().attempts) == ([], 0)
    assert timedelta(minutes=58) < message().due_at - utc_now() <= timedelta(minutes=60)
    telling.plan(TEMPLATE)  # no quiet hours any more; what waits keeps its moment
    work(later=timedelta(minutes=61))
    assert telling.got() == [("wechat_template", OPENID)]


def test_what_is_over_or_too_old_is_not_told_and_says_why(telling):
    for moment in (NoticeMoment.LEFT_HUB, NoticeMoment.OUT_FOR_DELIVERY):
        telling.plan(TEMPLATE, moment=moment)
    telling.order()
    telling.ship()
    work()
    telling.scan("离开【测试】分拨中心", ScanNode.LEFT_HUB, at=utc_now() - timedelta(hours=30))
    work()
    telling.scan("正在派件", ScanNode.OUT_FOR_DELIVERY)
    while run_next(utc_now() + timedelta(seconds=1)):
        pass
    telling.scan("已签收", ScanNode.DELIVERED)
    work()
    assert [(one.moment, one.state, one.problem) for one in notices()] == [
        ("left_hub", NoticeState.SKIPPED, UploadProblem.TOO_OLD),
        ("out_for_delivery", NoticeState.SKIPPED, UploadProblem.OVERTAKEN),
    ]
    assert (telling.got(), open_anomalies()) == ([], [])


def test_a_shop_that_is_not_rolled_out_tells_nobody(telling):
    telling.plan(TEMPLATE)
    telling.order()
    telling.ship()
    while run_next(utc_now() + timedelta(seconds=1)):
        pass
    with transaction() as session:
        shop = shop_named(session, CODE)
        set_rollout(session, shop, Rollout.SHADOW, reason="测试", by="ceshi-a", now=utc_now())
    work()
    assert (telling.got(), notices()[0].problem) == ([], UploadProblem.NOT_ROLLED_OUT)


def test_a_buyer_without_an_address_is_an_anomaly_and_not_a_crash(telling):
    telling.plan(ALIYUN)
    telling.order(phone="138****0000")
    telling.ship()
    work()
    ((kind, _, note),) = open_anomalies()
    assert (kind, UploadProblem.NO_ADDRESS.said in note, messages()) == ("notice_undeliverable", True, [])


def test_a_telephone_lies_nowhere_in_the_clear(telling):
    telling.plan(ALIYUN)
    telling.order()
    telling.ship()
    work()
    assert telling.got() == [("sms_aliyun", PHONE)]
    with reading() as session:
        for table in SQLModel.metadata.tables.values():
            kept = json.dumps([[str(cell) for cell in row] for row in session.execute(table.select())])
            assert PHONE not in kept, table.name


def test_a_process_killed_while_a_buyer_is_told_tells_by_the_same_number_again(telling, db_url):
    """WeChat drops the repeat; an SMS gateway would not, and is asked with the same number."""
    telling.plan(TEMPLATE)
    telling.order()
    telling.ship()
    while run_next(utc_now() + timedelta(seconds=1)):
        pass
    telling.faults.set(Fault("timeout", shop=WECHAT, api="template", seconds=2, count=1))
    forget_notifier_lines()
    close_database()
    process = started(db_url)
    wait_until(lambda: telling.faults.listed()[0]["hits"] == 1, seconds=90)
    process.kill()
    process.wait()
    open_database(db_url)
    assert (message().state, message().attempts) == (OutboxState.SENDING, 1)
    time.sleep(2.2)  # the message that had reached it
    assert len(telling.got()) == 1
    work(later=LEASE * 2)
    assert (message().state, notices()[0].state) == (OutboxState.SENT, NoticeState.SENT)
    assert (telling.lab.calls[WECHAT] >= 3, len(telling.got())) == (True, 1)
