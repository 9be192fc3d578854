"""What does the page of carriers' phrases and of patience show, as the browser gets it?"""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlmodel import Session, col, select

from orderhub.domain.patience import PatienceRule, patience_rules, patience_with
from orderhub.domain.scan_phrase import ScanPhrase, taught_list, unknown_phrases
from orderhub.domain.track import Scan, orders_in
from orderhub.ui.board_rows import exact, unix

PATH = "/studio/tracks"
_MOST = 100
_HOUR = timedelta(hours=1)


@dataclass
class PhraseView:
    """``node`` is empty where it moves nothing; ``text`` one scan as it was written; ``carrier`` empty: not known."""

    id: str
    words: str
    text: str
    carrier: str
    count: str
    seen: str
    seen_exact: str
    tracking_no: str
    href: str
    node: str
    by: str


@dataclass
class PatienceView:
    """``carrier`` and ``province`` are empty for any."""

    id: str
    carrier: str
    province: str
    unscanned: str
    stalled: str
    lost: str
    by: str
    at: str
    href: str


@dataclass
class PatienceForm:
    id: str = ""
    carrier: str = ""
    province: str = ""
    unscanned: str = "24"
    stalled: str = "48"
    lost: str = "168"


@dataclass
class PhrasesView:
    """``general`` is what holds where no rule fits, as hours: the flow map's."""

    unknown: list[PhraseView] = field(default_factory=list)
    taught: list[PhraseView] = field(default_factory=list)
    rules: list[PatienceView] = field(default_factory=list)
    form: PatienceForm = field(default_factory=PatienceForm)
    general: list[str] = field(default_factory=lambda: ["", "", ""])


def phrases_view(session: Session, rule_id: int) -> PhrasesView:
    """``rule_id`` is the rule being changed, 0 where a new one is asked for."""
    rules = patience_rules(session)
    chosen = next((rule for rule in rules if rule.id == rule_id), None)
    general = patience_with(session, None, "")
    return PhrasesView(
        unknown=[_phrase(session, one) for one in unknown_phrases(session, limit=_MOST)],
        taught=[_phrase(session, one) for one in taught_list(session, limit=_MOST)],
        rules=[_rule(rule) for rule in rules],
        form=_form(chosen) if chosen else PatienceForm(),
        general=[f"{span / _HOUR:g}" for span in (general.unscanned, general.stalled, general.lost)],
    )


def _phrase(session: Session, one: ScanPhrase) -> PhraseView:
    latest = select(Scan.text).where(Scan.phrase_id == one.id).order_by(col(Scan.track_id).desc())
    orders = orders_in(session, one.tracking_no) if one.tracking_no else ()
    return PhraseView(
        id=str(one.id),
        words=one.words,
        text=session.exec(latest.limit(1)).first() or one.words,
        carrier=one.carrier or "",
        count=f"{one.met_count:,}",
        seen=unix(one.seen_at),
        seen_exact=exact(one.seen_at),
        tracking_no=one.tracking_no,
        href=f"/orders?tab=all&order={orders[0]}" if orders else "",
        node=one.node or "",
        by=one.taught_by,
    )


def _rule(rule: PatienceRule) -> PatienceView:
    return PatienceView(
        id=str(rule.id),
        carrier=rule.carrier or "",
        province=rule.province,
        unscanned=str(rule.unscanned_hours),
        stalled=str(rule.stalled_hours),
        lost=str(rule.lost_hours),
        by=rule.set_by,
        at=exact(rule.set_at),
        href=f"{PATH}?rule={rule.id}#patience",
    )


def _form(rule: PatienceRule) -> PatienceForm:
    return PatienceForm(
        id=str(rule.id),
        carrier=rule.carrier or "",
        province=rule.province,
        unscanned=str(rule.unscanned_hours),
        stalled=str(rule.stalled_hours),
        lost=str(rule.lost_hours),
    )
