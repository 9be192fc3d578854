"""A look at a receiver is counted, bounded and logged; what was seen is kept nowhere."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.reveal import (
    QuotaUsedUp,
    Reveal,
    RevealReason,
    Why,
    check_quota,
    count_reveal,
    quota_of,
    set_quota,
    why_told,
)
from orderhub.access.users import create_user
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.builders import NOW

WHY = Why(RevealReason.CALL_BUYER)


@pytest.fixture
def looking(database):
    """Looks ``times`` at an order, ``at`` a moment."""
    with transaction() as session:
        user_id = create_user(session, "ceshi-kefu", "kuaidi-zai-lushang-7", Role.SERVICE, now=NOW).id
        order = builders.order(session)

    def look(times: int = 1, at=NOW) -> int:
        left = 0
        for _ in range(times):
            with transaction() as session:
                left = count_reveal(session, user_id, order.id, order.shop_id, WHY, now=at).left
        return left

    look.user_id = user_id
    return look


def kinds() -> list[str]:
    with transaction() as session:
        wanted = select(Event.kind).where(Event.kind.in_(("receiver_revealed", "reveals_unusual")))
        return list(session.exec(wanted))


def test_a_look_is_counted_and_logged_at_once(looking):
    assert looking() == 49
    with transaction() as session:
        (row,) = session.exec(select(Reveal)).all()
        (event,) = session.exec(select(Event).where(Event.kind == "receiver_revealed"))
    assert (row.user_id, row.reason) == (looking.user_id, "call_buyer")
    assert (event.actor, event.body) == ("ceshi-kefu", {"reason": "call_buyer", "words": ""})


def test_who_reads_five_hundred_is_stopped_at_the_quota(looking):
    with pytest.raises(QuotaUsedUp):
        looking(500)
    assert kinds().count("receiver_revealed") == 50
    with transaction() as session, pytest.raises(QuotaUsedUp):
        check_quota(session, looking.user_id, NOW)
    assert looking(at=NOW + timedelta(days=1)) == 49


def test_far_more_than_usual_is_told_once_a_day(looking):
    for day in range(1, 8):
        looking(4, at=NOW - timedelta(days=day))
    looking(12)
    assert "reveals_unusual" not in kinds()
    looking(3)
    assert kinds().count("reveals_unusual") == 1


def test_the_quota_is_changed_within_reason(looking):
    with transaction() as session:
        set_quota(session, 2, by="admin", now=NOW)
        assert quota_of(session) == 2
        with pytest.raises(BadInput, match="0 to 500"):
            set_quota(session, 501, by="admin", now=NOW)
    with pytest.raises(QuotaUsedUp):
        looking(3)


@pytest.mark.parametrize(("reason", "words"), [("", ""), ("curious", ""), ("other", " ")])
def test_a_look_without_a_reason_is_refused(reason, words):
    with pytest.raises(BadInput):
        why_told(reason, words)


def test_a_telephone_among_the_words_is_not_kept():
    assert "13800001234" not in why_told("other", "13800001234 called us").words


def test_the_warehouse_and_finance_see_nobody():
    holding = {role for role in Role if Permission.ORDER_REVEAL in ROLE_PERMISSIONS[role]}
    assert holding == {Role.ADMIN, Role.MANAGER, Role.OPERATIONS, Role.SERVICE}
