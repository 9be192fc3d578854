"""Are two buyers one person only when somebody of ours has said so, and can that be taken back?"""

import pytest
from sqlmodel import col, select

from orderhub.domain.buyer_link import AlreadyJoined, Buyer, BuyerLink, join, links_of, part, people_of
from orderhub.domain.words import Channel
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.builders import NOW


def three_orders(session) -> tuple[int, int, int]:
    """Of one masked name, phone and token text at three channels: for all that, three people."""
    found = []
    for number, channel in enumerate((Channel.DOUYIN, Channel.JD, Channel.TAOBAO)):
        shop = builders.shop(session, f"{channel}-1", channel)
        found.append(builders.order(session, f"690000000000000000{number}", of=shop).id)
    return tuple(found)


def people(session, channel: Channel) -> list[str]:
    return sorted(one.channel for one in people_of(session, Buyer(channel, "buyer-0001")))


def test_the_same_masked_data_and_token_at_two_channels_are_two_people(database):
    with transaction() as session:
        three_orders(session)
        assert people(session, Channel.JD) == ["jd"]


def test_whom_staff_join_are_one_through_others_too_until_they_are_parted(database):
    with transaction() as session:
        douyin, jd, taobao = three_orders(session)
        first = join(session, jd, douyin, reason="聊天里说了两个订单号", by="li", now=NOW)
        join(session, jd, taobao, reason="同上", by="li", now=NOW)
        for channel in (Channel.DOUYIN, Channel.JD, Channel.TAOBAO):
            assert people(session, channel) == ["douyin", "jd", "taobao"]
        with pytest.raises(AlreadyJoined):
            join(session, douyin, taobao, reason="又说一次", by="li", now=NOW)
        for _ in range(2):
            part(session, first.id, reason="看错了", by="wang", now=NOW)
        assert people(session, Channel.DOUYIN) == ["douyin"]
        assert people(session, Channel.JD) == ["jd", "taobao"]
        join(session, douyin, jd, reason="还是同一人", by="li", now=NOW)  # the trace does not stand in the way
        assert len(links_of(session, [Buyer("douyin", "buyer-0001")])) == 1
        assert [link.parted_by for link in session.exec(select(BuyerLink).order_by(col(BuyerLink.id)))] == [
            "wang",
            "",
            "",
        ]
    with reading() as session:
        told = session.exec(select(Event).where(Event.subject_type == "buyer_link").order_by(col(Event.id))).all()
    assert [event.kind for event in told] == ["buyers_joined"] * 2 + ["buyers_parted", "buyers_joined"]
    assert "buyer-0001" not in repr([event.body for event in told])


def test_who_is_nobody_or_without_a_reason_is_joined_to_nobody(database):
    with transaction() as session:
        douyin, jd, _ = three_orders(session)
        nobody = builders.order(session, "6900000000000000009", buyer_token="").id
        for pair, reason, problem in (((douyin, nobody), "猜的", "no_buyer"), ((douyin, jd), " ", "join_reason")):
            with pytest.raises(BadInput) as refused:
                join(session, *pair, reason=reason, by="li", now=NOW)
            assert refused.value.problem == problem
        with pytest.raises(NotFound):
            join(session, douyin, 99, reason="猜的", by="li", now=NOW)
        with pytest.raises(AlreadyJoined):
            join(session, douyin, douyin, reason="自己", by="li", now=NOW)
        with pytest.raises(NotFound):
            part(session, 99, reason="猜的", by="li", now=NOW)
        assert session.exec(select(BuyerLink)).all() == []
