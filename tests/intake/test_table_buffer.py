"""Many arrivals, one durable write: each gets its own answer, and none suffers for another."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from orderhub.domain.buyer_contact import SealedContact, contact_of, sealed_contact
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.buffer import Arrival, BufferAway, Kept, KeyReused, VersionConflict
from orderhub.intake.inbox import InboxMessage, MessageKind, MessageState, Source
from orderhub.intake.posted import IdempotencyKey
from orderhub.intake.table_buffer import TableBuffer, keep_together
from orderhub.kernel.db import Database, reading
from orderhub.kernel.ids import digest
from tests.intake.builders import states

MOMENT = "2026-11-24T02:00:00.000000"


@pytest.fixture
def arrival(shop, now) -> Arrival:
    return Arrival(shop.id, MessageKind.ORDER, "MP-1", f"{MOMENT}-a", "v2.x.y", Source.API, now)


def of(arrival: Arrival, number: int, **changes) -> Arrival:
    return replace(arrival, number=f"MP-{number}", **changes)


async def accept_all(arrivals):
    table = TableBuffer()
    return await asyncio.gather(*[table.accept(one) for one in arrivals], return_exceptions=True)


def numbers() -> list[str]:
    with reading() as session:
        return sorted(session.exec(select(InboxMessage.number)).all())


async def test_waiting_arrivals_share_a_commit_and_are_ready(database, arrival, now):
    commits = []
    database.after_commit.append(lambda session: commits.append(session.info.get("inbox_grew")))
    answers = await accept_all([of(arrival, number) for number in range(300)])
    assert answers == [Kept(is_new=True)] * 300
    assert 1 <= len(commits) < 10
    assert all(commits)
    with reading() as session:
        kept = session.exec(select(InboxMessage).where(InboxMessage.number == "MP-7")).one()
    assert (kept.state, kept.received_at, kept.due_at, kept.attempts) == (MessageState.READY, now, now, 0)
    assert (kept.version, kept.body, kept.source, kept.done_at) == (arrival.version, "v2.x.y", Source.API, None)


async def test_whoever_comes_while_another_writes_goes_with_the_others(database: Database, arrival):
    table, commits = TableBuffer(), []
    if not database.embedded:
        pytest.skip("on PostgreSQL nobody waits for a turn")
    with database.transaction():
        early = asyncio.ensure_future(table.accept(arrival))
        await asyncio.sleep(0.2)
        late = [asyncio.ensure_future(table.accept(of(arrival, number))) for number in range(2, 7)]
        await asyncio.sleep(0.05)
        database.after_commit.append(lambda _: commits.append(1))
    assert await asyncio.gather(early, *late) == [Kept(is_new=True)] * 6
    assert len(commits) == 2  # ours, then all six together


async def test_a_repeat_is_absorbed_whether_it_comes_together_or_later(arrival):
    assert sorted(one.is_new for one in await accept_all([arrival] * 50)) == [False] * 49 + [True]
    assert await accept_all([arrival]) == [Kept(is_new=False)]
    assert states() == {"ready": 1}


async def test_of_two_contents_of_one_moment_one_is_kept(arrival):
    other = replace(arrival, version=f"{MOMENT}-b")
    answers = await accept_all([arrival, other] * 25)
    assert [type(one) for one in answers] == [Kept, VersionConflict] * 25
    assert [type(one) for one in await accept_all([other, arrival])] == [VersionConflict, Kept]
    assert states() == {"ready": 1}


async def test_a_platform_may_send_two_contents_of_one_moment(arrival):
    theirs = replace(arrival, source=Source.PUSH)
    answers = await accept_all([theirs, replace(theirs, version=f"{MOMENT}-b")])
    assert answers == [Kept(is_new=True)] * 2


async def test_a_key_stands_for_one_content(arrival):
    keyed = replace(arrival, mark=digest("k1"), content=digest("one"))
    other = of(keyed, 2, content=digest("two"))
    answers = await accept_all([keyed] * 50 + [other])
    assert [type(one) for one in answers] == [Kept] * 50 + [KeyReused]
    assert isinstance((await accept_all([other]))[0], KeyReused)
    assert (await accept_all([keyed]))[0] == Kept(is_new=False)
    assert numbers() == ["MP-1"]


async def test_what_is_refused_uses_up_no_key(arrival):
    await accept_all([arrival])
    refused = replace(arrival, version=f"{MOMENT}-b", mark=digest("k1"), content=digest("b"))
    assert isinstance((await accept_all([refused]))[0], VersionConflict)
    with reading() as session:
        assert session.exec(select(IdempotencyKey)).all() == []


async def test_one_that_the_database_refuses_harms_no_neighbour(arrival):
    of_no_shop = of(arrival, 13, shop_id=999_999)
    arrivals = [of(arrival, number) for number in range(13)] + [of_no_shop] + [of(arrival, 14)]
    answers = await accept_all(arrivals)
    assert isinstance(answers[13], BufferAway)
    assert [one for number, one in enumerate(answers) if number != 13] == [Kept(is_new=True)] * 14
    assert "MP-13" not in numbers()
    assert len(numbers()) == 14


async def test_a_database_that_is_away_refuses_all_and_is_tried_again(database, arrival):
    def away(_session):
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    database.before_commit.append(away)
    answers = await accept_all([of(arrival, number) for number in range(2, 7)])
    assert [type(one) for one in answers] == [BufferAway] * 5
    database.before_commit.remove(away)
    assert numbers() == []
    assert await accept_all([arrival]) == [Kept(is_new=True)]


async def test_whoever_has_gone_harms_nobody(arrival):
    table = TableBuffer()
    gone = asyncio.create_task(table.accept(arrival))
    await asyncio.sleep(0)
    gone.cancel()
    assert await table.accept(of(arrival, 2)) == Kept(is_new=True)


async def test_the_newest_contact_holds(database, arrival, now):
    own = Shop(id=arrival.shop_id, channel=Channel.MINIPROGRAM)
    said = [sealed_contact(own, "MP-1", {"name": name, "phone": "13800001234"}) for name in ("王小明", "李小红")]
    later = now + timedelta(seconds=1)
    await accept_all([replace(arrival, contact=said[0]), replace(arrival, contact=said[1], received_at=later)])
    with reading() as session:
        contact = contact_of(session, arrival.shop_id, "MP-1")
    assert contact is not None
    assert (contact.name, contact.mobile) == ("李小红", "13800001234")


def test_an_arrival_goes_through_a_broker_as_it_is(now):
    whole = Arrival(
        7,
        MessageKind.ORDER,
        "订-1",
        f"{MOMENT}-a",
        "v2.x.y",
        Source.API,
        now,
        "mark",
        "content",
        SealedContact("s", "p", "t"),
    )
    for arrival in (whole, replace(whole, contact=None, mark="", content="")):
        assert Arrival.from_bytes(arrival.to_bytes()) == arrival
    for raw in (b"", b"{}", b"[1]", b"7", b"\xff", whole.to_bytes()[:-9]):
        with pytest.raises(ValueError):  # noqa: PT011
            Arrival.from_bytes(raw)


def test_nothing_is_no_work(database):
    assert keep_together([]) == []
