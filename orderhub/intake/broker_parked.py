"""What becomes of a message that cannot be kept as it is? It lies among the hub's dead letters, with the reason.

There a person replays or discards it. What not even the dead letters can hold (nothing of ours, or of a shop that is
gone) stays at the broker, in a queue that ``orderhub doctor`` and ``orderhub broker show`` count.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlmodel import Session, select

from orderhub.domain.shop import Shop
from orderhub.intake.broker_topology import DELIVERY_LIMIT
from orderhub.intake.buffer import Arrival
from orderhub.intake.inbox import InboxMessage
from orderhub.intake.lease import Leased, bury, reason_of
from orderhub.intake.table_buffer import keep_arrivals
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import RuleBroken

WORN_OUT = f"whoever took it from the broker died {DELIVERY_LIMIT} times (poison)"

log = structlog.get_logger()


def keep_dead(session: Session, arrival: Arrival, reason: str, now: datetime) -> bool:
    """Lay ``arrival`` among the dead letters unless it is in the inbox already; False where its shop is gone."""
    if session.get(Shop, arrival.shop_id) is None:
        return False
    is_here = select(InboxMessage.id).where(
        InboxMessage.shop_id == arrival.shop_id,
        InboxMessage.kind == arrival.kind,
        InboxMessage.number == arrival.number,
        InboxMessage.version == arrival.version,
    )
    if session.exec(is_here).first() is not None:
        return True
    message = InboxMessage(
        shop_id=arrival.shop_id,
        kind=arrival.kind,
        number=arrival.number,
        version=arrival.version,
        body=arrival.body,
        source=arrival.source,
        received_at=arrival.received_at,
        due_at=now,
    )
    session.add(message)
    session.flush()
    held = (message.id, message.shop_id, message.kind, message.number, "", 0, message.received_at, message.source)
    bury(session, Leased(*held), reason, now)
    return True


def keep_parked(raw: bytes, *, is_worn_out: bool, now: datetime) -> bool:
    """Take in what the broker has parked: as it is if that goes now, else as a dead letter; False: neither goes.

    ``is_worn_out``: it was delivered as often as the broker allows, so it is not tried again.
    """
    try:
        arrival = Arrival.from_bytes(raw)
    except ValueError:
        return False
    if is_worn_out:
        return _dead(arrival, WORN_OUT, now)
    with transaction() as session:
        if session.get(Shop, arrival.shop_id) is None:
            return False
        (answer,) = keep_arrivals(session, [arrival])
    return not isinstance(answer, Exception) or _dead(arrival, reason_of(answer), now)


def keep_refused(refused: Sequence[tuple[Arrival, RuleBroken]], now: datetime) -> None:
    """Its sender was told that it is in, so that it may not vanish: another content of the same moment, say."""
    for arrival, error in refused:
        log.warning("arrival_refused_late", kind=arrival.kind, shop=arrival.shop_id, error=error.code)
        _dead(arrival, reason_of(error), now)


def _dead(arrival: Arrival, reason: str, now: datetime) -> bool:
    with transaction() as session:
        return keep_dead(session, arrival, reason, now)
