"""What work do invented orders make? After-sale cases with their answers, tickets, anomalies and tasks."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_line import AftersaleLine
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind
from orderhub.domain.refund_answer import AnswerState, RefundAnswer
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.domain.ticket import Ticket, TicketKind, TicketPriority, TicketResult, TicketStatus
from orderhub.domain.words import AftersaleKind, AftersaleStatus, RefundDecision
from orderhub.fill_orders import Invented, Row, Rows

CASES_IN, TICKETS_IN, ANOMALIES_IN = 0.08, 0.03, 0.015
_REASONS = {
    ReasonKind.NO_REASON: ("不想要了", 30),
    ReasonKind.NOT_AS_DESCRIBED: ("与描述不符", 22),
    ReasonKind.DAMAGED: ("运输破损", 17),
    ReasonKind.QUALITY: ("质量问题", 14),
    ReasonKind.WRONG_ITEM: ("发错货", 6),
    ReasonKind.SHORT_OR_MISSING: ("少件漏发", 5),
    ReasonKind.LATE_SHIPMENT: ("发货太慢", 3),
    ReasonKind.OTHER: ("其他", 3),
}
_CASES = {
    AftersaleKind.RETURN_AND_REFUND: 60,
    AftersaleKind.REFUND_AFTER_SHIPPING: 14,
    AftersaleKind.EXCHANGE: 13,
    AftersaleKind.REFUSED_PARCEL: 8,
    AftersaleKind.RESEND: 5,
}
_ANOMALIES = {
    AnomalyKind.NO_MOVEMENT: 86,
    AnomalyKind.OVERSOLD: 64,
    AnomalyKind.SHIP_BY_PAST: 58,
    AnomalyKind.REFUND_NOT_ANSWERED: 41,
    AnomalyKind.UNKNOWN_SKU: 22,
    AnomalyKind.AMOUNT_MISMATCH: 17,
    AnomalyKind.PARCEL_LOST: 11,
    AnomalyKind.DUPLICATE_ORDER: 8,
    AnomalyKind.WAYBILL_TWICE: 6,
    AnomalyKind.UNKNOWN_STATUS_WORD: 5,
    AnomalyKind.ORDER_STUCK: 5,
    AnomalyKind.SHIP_BY_NEAR: 4,
}
_ROLES = ("operations", "service", "warehouse", "finance")


class Work:
    """Counts the ids on, since its rows point at each other."""

    def __init__(self, rng: Random, now: datetime, *, case_id: int, task_id: int) -> None:
        self.rng, self.now = rng, now
        self.case_id, self.task_id = case_id, task_id

    def rows(self, part: Sequence[Invented]) -> Rows:
        tables = (Aftersale, AftersaleLine, RefundAnswer, Task, Ticket, Anomaly)
        rows: Rows = {table: [] for table in tables}
        for one in part:
            if one.arrived_at and self.rng.random() < CASES_IN:
                self._case(rows, one)
            if one.paid_at and self.rng.random() < TICKETS_IN:
                self._ticket(rows, one, one.paid_at)
            if one.paid_at and self.rng.random() < ANOMALIES_IN:
                rows[Anomaly].append(self._anomaly(one, one.paid_at))
        return rows

    def _later(self, moment: datetime, least_hours: float, most_hours: float) -> datetime | None:
        at = moment + timedelta(hours=self.rng.uniform(least_hours, most_hours))
        return at if at <= self.now else None

    def _case(self, rows: Rows, one: Invented) -> None:
        requested_at = one.arrived_at and self._later(one.arrived_at, 2, 120)
        if not requested_at:
            return
        kind = self.rng.choices(list(_CASES), list(_CASES.values()))[0]
        reason = self.rng.choices(list(_REASONS), [weight for _, weight in _REASONS.values()])[0]
        answered_at = self._later(requested_at, 0.05, 20)
        stage = AftersaleStatus.CLOSED if answered_at and self._later(answered_at, 1, 200) else None
        stage = stage or (AftersaleStatus.AWAITING_RETURN if answered_at else AftersaleStatus.REQUESTED)
        amount_fen = sum(line["total_fen"] for line in one.lines)
        rows[Aftersale].append(
            {
                "id": self.case_id,
                "shop_id": one.shop.id,
                "order_id": one.id,
                "channel": one.shop.channel,
                "channel_refund_no": f"TK{one.id:015d}",
                "kind": kind,
                "status": stage,
                "stage": stage,
                "channel_status_word": "refund",
                "amount_fen": amount_fen,
                "reason": _REASONS[reason][0],
                "reason_kind": reason,
                "requested_at": requested_at,
                "deadline": requested_at + timedelta(hours=72),
                "channel_updated_at": answered_at or requested_at,
                "content_digest": f"{one.id:064d}",
                "accepted_at": requested_at,
            }
        )
        rows[AftersaleLine] += [
            {
                "aftersale_id": self.case_id,
                "line_id": line["id"],
                "quantity": line["quantity"],
                "amount_fen": line["total_fen"],
            }
            for line in one.lines
        ]
        if answered_at:
            rows[RefundAnswer].append(self._answer(amount_fen, answered_at))
        self.case_id += 1

    def _answer(self, amount_fen: int, answered_at: datetime) -> Row:
        return {
            "aftersale_id": self.case_id,
            "turn": 1,
            "decision": RefundDecision.AGREE_RETURN,
            "amount_fen": amount_fen,
            "state": AnswerState.TOLD,
            "answered_by": "fill",
            "answered_at": answered_at,
            "told_at": answered_at,
        }

    def _ticket(self, rows: Rows, one: Invented, paid_at: datetime) -> None:
        opened_at = self._later(paid_at, 0.2, 150) or paid_at
        replied_at = self._later(opened_at, 0.02, 3)
        decided_at = replied_at and self._later(replied_at, 0.1, 30)
        due_at = opened_at + TicketPriority.NORMAL.allowed
        is_over = decided_at is not None
        rows[Task].append(
            {
                "id": self.task_id,
                "kind": TaskKind.AFTERSALE_TICKET,
                "status": TaskStatus.CLOSED if is_over else TaskStatus.OPEN,
                "title": f"工单 {one.id}",
                "subject_type": "order",
                "subject_id": one.id,
                "first_role": "service",
                "owner_role": "service",
                "due_at": due_at,
                "created_at": opened_at,
                "closed_at": decided_at,
            }
        )
        rows[Ticket].append(
            {
                "kind": self.rng.choice(list(TicketKind)),
                "priority": TicketPriority.NORMAL,
                "status": TicketStatus.DECIDED if is_over else TicketStatus.OPEN,
                "words": "请问何时发货",
                "order_id": one.id,
                "channel": one.shop.channel,
                "buyer_token": "",
                "first_role": "service",
                "owner_role": "service",
                "task_id": self.task_id,
                "opened_by": "fill",
                "opened_at": opened_at,
                "due_at": due_at,
                "first_reply_at": replied_at,
                "decided_at": decided_at,
                "decided_by": "fill" if is_over else "",
                "result": TicketResult.ANSWERED if is_over else None,
            }
        )
        self.task_id += 1

    def _anomaly(self, one: Invented, paid_at: datetime) -> Row:
        kind = self.rng.choices(list(_ANOMALIES), list(_ANOMALIES.values()))[0]
        occurred_at = self._later(paid_at, 0.1, 70) or paid_at
        detected_at = min(occurred_at + timedelta(minutes=self.rng.randrange(1, 20)), self.now)
        handling = HANDLING[kind]
        resolved_at = self._later(detected_at, 0.2, 30 if self.rng.random() < 0.9 else 200)
        return {
            "kind": kind,
            "severity": handling.severity,
            "subject_type": "order",
            "subject_id": one.id,
            "note": f"样例 {one.id}",
            "first_role": handling.role,
            "owner_role": handling.role,
            "order_id": one.id,
            "channel": one.shop.channel,
            "at_risk_fen": self.rng.randrange(5_000, 90_000),
            "occurred_at": occurred_at,
            "detected_at": detected_at,
            "assigned_at": detected_at,
            "due_at": detected_at + handling.within,
            "resolved_at": resolved_at,
            "resolved_by": "fill" if resolved_at else "",
        }

    def tasks(self, order_ids: range, count: int) -> Iterator[Row]:
        """What stands about besides, one in ten of it open."""
        for turn in range(count):
            is_open = turn % 10 == 0
            yield {
                "kind": self.rng.choice(list(TaskKind)),
                "status": TaskStatus.OPEN if is_open else TaskStatus.CLOSED,
                "title": f"样例待办 {turn + 1}",
                "subject_type": "order",
                "subject_id": self.rng.choice(order_ids),
                "first_role": "operations",
                "owner_role": self.rng.choice(_ROLES),
                "due_at": self.now + timedelta(minutes=self.rng.randrange(-60, 600)),
                "created_at": self.now - timedelta(hours=self.rng.randrange(1, 90)),
                "closed_at": None if is_open else self.now,
            }
