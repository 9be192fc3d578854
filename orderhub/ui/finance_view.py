"""What does finance's page show, as the browser gets it? Settlement fields only: no buyer's name, phone or address."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from sqlmodel import Session, select

from orderhub.domain.auto_refund import AUTO_KINDS, AutoRefund, policy_of
from orderhub.domain.finance_review import may_decide
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind, Channel
from orderhub.insights.finance import (
    FinanceQuery,
    FinanceTab,
    ReviewedCase,
    UnpaidCase,
    finance_counts,
    reviewed_cases,
    unpaid_cases,
)
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text, yuan_text
from orderhub.kernel.sight import FieldGroup
from orderhub.kernel.veil import Money
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.numbers import number_of

PATH = "/finance"
_MINUTE = "%m-%d %H:%M"


@dataclass
class FinanceRow:
    """``id`` is the review's (of a payment: empty); moments are unix seconds as text. ``earlier`` is empty where the
    channel does not say who the buyer is; ``waits`` for the goods."""

    id: str
    case_id: str
    no: str
    href: str
    order_no: str
    channel: str
    shop: str
    kind: str
    reason: str
    reason_said: str
    amount: Money
    amount_fen: Annotated[int, FieldGroup.MONEY]
    due: str
    due_exact: str
    earlier: str
    owner: str
    state: str
    decided_by: str
    decided_at: str
    note: str
    is_by_rule: bool
    waits: bool
    changed: Money


@dataclass
class FinanceChip:
    """``kind`` and ``channel`` are words, empty in a chip about neither; ``name`` is a message's key."""

    key: str
    name: str
    kind: str
    channel: str
    count: str
    href: str
    is_on: bool


@dataclass
class ReasonChoice:
    word: str
    is_on: bool


@dataclass
class AutoView:
    kind: str
    is_on: bool
    cap: Money
    most: str
    reasons: list[ReasonChoice]
    changed_by: str
    changed_at: str


@dataclass
class FinanceView:
    tab: str = "queue"
    due: str = "0"
    late: str = "0"
    soon: str = "0"
    money: Money = ""
    goods: str = "0"
    to_pay: str = "0"
    chips: list[FinanceChip] = field(default_factory=list)
    rows: list[FinanceRow] = field(default_factory=list)
    rules: list[AutoView] = field(default_factory=list)
    first: str = ""
    next: str = ""
    shut: str = PATH


def query_of(given: Mapping[str, str], user: str) -> FinanceQuery:
    """What an address asks for; what it cannot mean narrows nothing."""
    tab, kind, channel = given.get("tab", ""), given.get("kind", ""), given.get("channel", "")
    return FinanceQuery(
        tab=FinanceTab(tab) if tab in list(FinanceTab) else FinanceTab.QUEUE,
        kind=AftersaleKind(kind) if kind in list(AftersaleKind) else None,
        channel=Channel(channel) if channel in list(Channel) else None,
        is_late=given.get("late") == "1",
        owner=user if given.get("mine") == "1" else "",
        after=number_of(given.get("after", "")),
    )


def address(query: FinanceQuery, *, case_id: int = 0) -> str:
    asked = {
        "tab": "" if query.tab is FinanceTab.QUEUE else str(query.tab),
        "kind": str(query.kind or ""),
        "channel": str(query.channel or ""),
        "late": "1" if query.is_late else "",
        "mine": "1" if query.owner else "",
        "after": str(query.after or ""),
        "case": str(case_id or ""),
    }
    told = urlencode({name: value for name, value in asked.items() if value})
    return f"{PATH}?{told}" if told else PATH


def finance_view(session: Session, query: FinanceQuery, user: str, now: datetime) -> FinanceView:
    counts = finance_counts(session, now)
    rows, following = _rows(session, query, now)
    plain = replace(query, after=0)
    is_list = query.tab in (FinanceTab.QUEUE, FinanceTab.DONE)
    return FinanceView(
        tab=query.tab,
        due=f"{counts.due:,}",
        late=f"{counts.late:,}",
        soon=f"{counts.soon:,}",
        money=money_text(counts.due_fen),
        goods=f"{counts.for_goods:,}",
        to_pay=f"{counts.to_pay:,}",
        chips=_chips(plain, user, counts.kinds, counts.channels, late=counts.late) if is_list else [],
        rows=rows,
        rules=_rules(session) if query.tab is FinanceTab.RULES else [],
        first=address(plain) if query.after else "",
        next=address(replace(query, after=following)) if following else "",
        shut=address(query),
    )


def _rows(session: Session, query: FinanceQuery, now: datetime) -> tuple[list[FinanceRow], int]:
    if query.tab is FinanceTab.RULES:
        return [], 0
    if query.tab is FinanceTab.PAY:
        unpaid, following = unpaid_cases(session, query)
        return [_unpaid(query, one) for one in unpaid], following
    found, following = reviewed_cases(session, query, now)
    return [_reviewed(query, one) for one in found], following


def _reviewed(query: FinanceQuery, one: ReviewedCase) -> FinanceRow:
    review, case = one.review, one.case
    waits = not may_decide(case)
    amount = case.amount_fen if review.decided_fen is None else review.decided_fen
    return FinanceRow(
        id=str(review.id),
        case_id=str(case.id),
        no=case.channel_refund_no,
        href=address(query, case_id=case.id),
        order_no=one.order.channel_order_no,
        channel=case.channel,
        shop=one.shop_name,
        kind=case.kind,
        reason=case.reason_kind,
        reason_said=case.reason,
        amount=money_text(amount),
        amount_fen=amount,
        due="" if waits else unix(review.due_at),
        due_exact=exact(review.due_at),
        earlier="" if one.earlier is None else str(one.earlier),
        owner=one.owner,
        state=review.state,
        decided_by=review.decided_by,
        decided_at=shanghai_text(review.decided_at, _MINUTE) if review.decided_at else "",
        note=review.note,
        is_by_rule=review.is_by_rule,
        waits=waits,
        changed=f"{review.state}{case.status}{one.owner}{amount}",
    )


def _unpaid(query: FinanceQuery, one: UnpaidCase) -> FinanceRow:
    case = one.case
    return FinanceRow(
        id="",
        case_id=str(case.id),
        no=case.channel_refund_no,
        href=address(query, case_id=case.id),
        order_no=one.order.channel_order_no,
        channel=case.channel,
        shop=one.shop_name,
        kind=case.kind,
        reason=case.reason_kind,
        reason_said=case.reason,
        amount=money_text(one.amount_fen),
        amount_fen=one.amount_fen,
        due=unix(case.deadline),
        due_exact=exact(case.deadline),
        earlier="",
        owner="",
        state="",
        decided_by="",
        decided_at=shanghai_text(case.approved_at, _MINUTE) if case.approved_at else "",
        note="",
        is_by_rule=False,
        waits=False,
        changed=str(one.amount_fen),
    )


def _chips(
    query: FinanceQuery,
    user: str,
    kinds: Mapping[AftersaleKind, int],
    channels: Mapping[Channel, int],
    *,
    late: int,
) -> list[FinanceChip]:
    """Each turns its narrowing on, or off again; kinds and channels that nothing waits of are left out."""
    is_done = query.tab is FinanceTab.DONE
    bare = FinanceQuery(tab=query.tab)
    found = [FinanceChip("all", "finance_all", "", "", "", address(bare), query == bare)]
    if not is_done:
        other = address(replace(query, is_late=not query.is_late))
        found.append(FinanceChip("late", "finance_late", "", "", f"{late:,}", other, query.is_late))
    mine = address(replace(query, owner="" if query.owner else user))
    found.append(FinanceChip("mine", "finance_mine", "", "", "", mine, bool(query.owner)))
    for kind in AftersaleKind:
        if kind in kinds or kind is query.kind:
            count = "" if is_done else f"{kinds.get(kind, 0):,}"
            other = address(replace(query, kind=None if kind is query.kind else kind))
            found.append(FinanceChip(f"k-{kind}", "", kind, "", count, other, kind is query.kind))
    for channel in Channel:
        if channel in channels or channel is query.channel:
            count = "" if is_done else f"{channels.get(channel, 0):,}"
            other = address(replace(query, channel=None if channel is query.channel else channel))
            found.append(FinanceChip(f"c-{channel}", "", "", channel, count, other, channel is query.channel))
    return found


def _rules(session: Session) -> list[AutoView]:
    rows = {row.kind: row for row in session.exec(select(AutoRefund))}
    found = []
    for kind in AUTO_KINDS:
        policy, row = policy_of(session, kind), rows.get(kind)
        found.append(
            AutoView(
                kind=kind,
                is_on=policy.is_on,
                cap=yuan_text(policy.cap_fen) if policy.cap_fen else "",
                most=str(policy.most_per_buyer),
                reasons=[ReasonChoice(word, word in policy.reasons) for word in ReasonKind],
                changed_by=row.changed_by if row else "",
                changed_at=shanghai_text(row.changed_at, _MINUTE) if row else "",
            )
        )
    return found
