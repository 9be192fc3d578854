"""Once an order of the merchant's own program has been through the hub, nothing of its buyer lies in the clear."""

import asyncio
import json
from contextlib import redirect_stderr
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select

from orderhub.access.permissions import Role
from orderhub.access.reveal import count_reveal, why_told
from orderhub.access.users import create_user
from orderhub.automation.forgetting import erase_buyer, forget_people
from orderhub.automation.notifier_keyring import forget_notifier_lines
from orderhub.automation.receiver import receiver_of
from orderhub.domain.aftersale import accept_refund
from orderhub.domain.drafts import Contact
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.ticket import Subject, TicketKind, open_ticket
from orderhub.domain.words import AftersaleStatus, Carrier, NotifierKind, ScanNode
from orderhub.insights.search import find_orders
from orderhub.intake.consumer import consume
from orderhub.intake.keyring import forget_connectors
from orderhub.intake.posted import take_posted
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, transaction
from orderhub.prove_privacy import prove_privacy
from tests.domain.drafts import a_refund
from tests.logged import own_logs

from .notices import CODE, OPENID, PHONE, Telling
from .shipping import work

NAME, ADDRESS = "欧阳测试", "文一西路 1 号 3 幢"
MARKERS = (NAME, PHONE, ADDRESS, "文一西路", "欧阳")


@pytest.fixture
def telling(lab, db_url):
    SQLModel.metadata.create_all(open_database(db_url).engine)
    yield Telling(*lab)
    forget_connectors()
    forget_notifier_lines()


def post(status: str, at) -> None:
    placed_at = (utc_now() - timedelta(minutes=10)).isoformat()
    line = {"sku": "BOX-40L", "title": "收纳箱 40L", "quantity": 1, "unit_price": "139.40"}
    body = {"shop": CODE, "channel_order_no": "MP-0001", "created_at": placed_at, "paid_at": placed_at, "lines": [line]}
    body |= {"total": "139.40", "status": status, "updated_at": at.isoformat(), "buyer_remark": f"送货请打 {PHONE}"}
    receiver = {"name": NAME, "phone": PHONE, "region": "浙江省 杭州市 西湖区", "address": ADDRESS}
    body |= {"buyer": {"token": OPENID, "name": NAME}, "receiver": receiver}
    asyncio.run(take_posted(json.dumps(body).encode(), by="tester", key=f"key-{status}", now=utc_now()))
    while consume(utc_now()):
        pass


def live(telling: Telling) -> int:
    """Paid, shipped, told of, delivered, complained about, paid back; looked at once on the way."""
    telling.plan(NotifierKind.SMS_ALIYUN)
    post("paid", utc_now() - timedelta(minutes=5))
    telling.ship()
    work()
    telling.scan("离开【测试】分拨中心", ScanNode.LEFT_HUB)
    work()
    assert telling.got() == [("sms_aliyun", PHONE)]
    with transaction() as session:
        order = session.exec(select(Order)).one()
        assert order.buyer_remark == f"送货请打 {PHONE[:3]}****{PHONE[-4:]}"
        assert [hit.order_id for hit in find_orders(session, PHONE)] == [order.id]
        about = Subject(order_id=order.id)
        open_ticket(session, about, TicketKind.QUESTION, words=f"{PHONE} 来电", by="ceshi-k", now=utc_now())
        user = create_user(session, "ceshi-k", "kuaidi-zai-lushang-7", Role.SERVICE, now=utc_now())
        count_reveal(session, user.id, order.id, order.shop_id, why_told("other", f"打给 {PHONE}"), now=utc_now())
        facts = {"channel_order_no": "MP-0001", "channel": telling.shop.channel, "status": AftersaleStatus.CLOSED}
        accept_refund(session, telling.shop, a_refund(**facts), now=utc_now())
    return order.id


def everything_in(db_url: str) -> str:
    with transaction() as session:
        rows = [row for table in SQLModel.metadata.tables.values() for row in session.execute(table.select())]
        return json.dumps([[str(cell) for cell in row] for row in rows], ensure_ascii=False)


def test_a_whole_life_leaves_nobody_in_the_clear_and_the_end_leaves_nobody_at_all(telling, db_url, tmp_path):
    log = tmp_path / "logs" / "hub.log"
    log.parent.mkdir()
    with log.open("w") as file, redirect_stderr(file), own_logs("DEBUG"):
        order_id = live(telling)
    proof = prove_privacy([log.parent])
    assert (proof.findings, proof.unread) == ((), ())
    assert proof.known >= 4
    wanted = Contact(NAME, PHONE, "浙江省", "杭州市", "西湖区", ADDRESS)
    assert receiver_of(telling.shop, "MP-0001", Carrier.SF) == wanted

    post("completed", utc_now())
    with transaction() as session:
        assert session.get_one(Order, order_id).status is OrderStatus.COMPLETED
        erase_buyer(session, order_id, reason="the buyer asked", by="ceshi-z", now=utc_now())
    assert forget_people(utc_now() + timedelta(days=400)).orders == 0
    assert not [marker for marker in MARKERS if marker in everything_in(db_url)]
    if not db_url.startswith("sqlite"):
        return
    path = Path(db_url.removeprefix("sqlite:///"))
    close_database()  # what was overwritten is not left in the pages of the file either
    assert not [marker for marker in MARKERS if marker.encode() in path.read_bytes()]
