"""Who tells where a parcel is? A carrier's own account knows its parcels, a tracker account those of many carriers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from orderhub.connectors.trackers import registry
from orderhub.connectors.trackers.contract import Tracker
from orderhub.domain.tracker_account import TrackerAccount, take_calls, tracker_accounts
from orderhub.domain.words import Carrier
from orderhub.intake.tracker_keyring import tracker_line


@dataclass(frozen=True)
class Source:
    """``about`` is the subject of what goes wrong with the account; ``carriers`` are those it knows.

    ``may_call`` counts one question within a transaction and says whether the account's quota allows it; ``line``
    opens nothing new where it is open. ``phone_tail`` is the sender's, which is the merchant's own.
    """

    about: tuple[str, int]
    name: str
    carriers: frozenset[Carrier]
    line: Callable[[], Tracker]
    may_call: Callable[[Session, datetime], bool]
    phone_tail: str = ""
    ask_after: timedelta = timedelta(hours=6)
    is_subscribed: bool = False


def sources(session: Session) -> list[Source]:
    """Every account that is on; each carrier belongs to the first that knows it."""
    taken: set[Carrier] = set()
    found = []
    for source in _every(session):
        if own := source.carriers - taken:
            found.append(replace(source, carriers=own))
            taken |= own
    return found


def source_of(session: Session, carrier: Carrier | None) -> Source | None:
    """Who tells of the carrier's parcels; None: nobody, as of a carrier that we do not know."""
    return next((source for source in sources(session) if carrier in source.carriers), None)


def source_about(session: Session, about: tuple[str, int]) -> Source | None:
    """None where the account is off or tells of no carrier any more."""
    return next((source for source in sources(session) if source.about == about), None)


def tracker_source(account: TrackerAccount) -> Source:
    def may_call(session: Session, now: datetime) -> bool:
        return take_calls(session, account.id, count=1, now=now)

    return Source(
        about=("tracker_account", account.id),
        name=account.name,
        carriers=frozenset(registry.module(account.kind).COMPANIES),
        line=lambda: tracker_line(account),
        may_call=may_call,
        phone_tail=account.phone_tail,
        ask_after=timedelta(hours=account.ask_after_hours),
        is_subscribed=True,
    )


def _every(session: Session) -> list[Source]:
    """Carriers' own accounts come first."""
    return [tracker_source(account) for account in tracker_accounts(session) if account.is_active]
