"""Which way does a case of each kind go, and where does it stand?

What its channel says is ``status``; what our own people did besides (inspected it, put it before finance, said yes)
are moments of ours. Its ``stage`` follows from both: the farther of the two on its kind's way.
"""

from datetime import datetime

from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.kernel.lifecycle import Lifecycle

_S = AftersaleStatus
ENDED = (_S.CLOSED, _S.WITHDRAWN, _S.REJECTED)
OPEN = tuple(status for status in AftersaleStatus if status not in ENDED)

_MONEY = (_S.REQUESTED, _S.FINANCE_REVIEW, _S.APPROVED, _S.REFUNDING, _S.CLOSED)
_GOODS = (_S.REQUESTED, _S.AWAITING_RETURN, _S.RETURNED, _S.INSPECTED)
WAYS: dict[AftersaleKind, tuple[AftersaleStatus, ...]] = {
    AftersaleKind.REFUND_BEFORE_SHIPPING: _MONEY,
    AftersaleKind.REFUND_AFTER_SHIPPING: _MONEY,
    AftersaleKind.RETURN_AND_REFUND: (*_GOODS, _S.FINANCE_REVIEW, _S.APPROVED, _S.REFUNDING, _S.CLOSED),
    AftersaleKind.EXCHANGE: (*_GOODS, _S.APPROVED, _S.CLOSED),
    AftersaleKind.RESEND: (_S.REQUESTED, _S.APPROVED, _S.CLOSED),
    AftersaleKind.REFUSED_PARCEL: (
        *(_S.REQUESTED, _S.RETURNED, _S.INSPECTED),
        *(_S.FINANCE_REVIEW, _S.APPROVED, _S.REFUNDING, _S.CLOSED),
    ),
    AftersaleKind.UNKNOWN: (*_GOODS, _S.FINANCE_REVIEW, _S.APPROVED, _S.REFUNDING, _S.CLOSED),
}


def _lifecycle(way: tuple[AftersaleStatus, ...]) -> Lifecycle[AftersaleStatus]:
    """Along ``way``, where a channel may skip steps of ours; refused or taken back before its end.

    A buyer who was refused may ask again, and a platform may decide against the refusal. A word we have not met
    (unknown) may stand anywhere but at an end, and anything may follow it.
    """
    moves: dict[AftersaleStatus, set[AftersaleStatus]] = {
        status: {*way[step + 1 :], _S.REJECTED, _S.WITHDRAWN, _S.UNKNOWN} for step, status in enumerate(way)
    }
    moves[_S.CLOSED] = set()
    moves[_S.WITHDRAWN] = set()
    moves[_S.REJECTED] = {*way, _S.WITHDRAWN, _S.UNKNOWN}
    moves[_S.UNKNOWN] = {*way, _S.REJECTED, _S.WITHDRAWN}
    return Lifecycle(frozenset({_S.REQUESTED, _S.UNKNOWN}), moves, every=frozenset(moves))


LIFECYCLES: dict[AftersaleKind, Lifecycle[AftersaleStatus]] = {kind: _lifecycle(way) for kind, way in WAYS.items()}


def check_move(kind: AftersaleKind, status: AftersaleStatus, target: AftersaleStatus) -> None:
    """From a status its kind has not, which only a channel can have said, a case goes on as from an unknown one.

    Raises:
        IllegalMove: a case of its kind does not go that way.
    """
    life = LIFECYCLES[kind]
    life.check(status if status in life.moves else _S.UNKNOWN, target)


def stage_of(
    kind: AftersaleKind,
    status: AftersaleStatus,
    *,
    inspected_at: datetime | None = None,
    reviewed_since: datetime | None = None,
    approved_at: datetime | None = None,
) -> AftersaleStatus:
    """Where a case stands: what its channel says, unless we have come farther; its channel's end is its end."""
    way = WAYS[kind]
    if status not in way or status in ENDED:
        return status
    ours = {_S.INSPECTED: inspected_at, _S.FINANCE_REVIEW: reviewed_since, _S.APPROVED: approved_at}
    done = [step for step, moment in ours.items() if moment and step in way]
    return max([status, *done], key=way.index)
