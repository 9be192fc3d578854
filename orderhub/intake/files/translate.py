"""What do the rows of a file say, each with its number and ready to be kept? Orders, articles, or what went back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orderhub.connectors.channels import own, own_refund
from orderhub.connectors.channels.contract import Body
from orderhub.domain.drafts import OrderDraft, RefundDraft
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.intake.files.cells import moment, money
from orderhub.intake.files.mapping import Contents, FileField, FileMapping
from orderhub.intake.files.orders import Line, OrderReader, Sorted, total_of
from orderhub.intake.files.rows import Columns, FileRow, Groups, Problem, grouped
from orderhub.intake.files.status_words import NOT_SHIPPED, REFUND_KINDS, REFUND_STATES
from orderhub.intake.files.table import Table
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import shown_text
from orderhub.kernel.money import yuan_text

F = FileField


@dataclass(slots=True)
class ToldOrder:
    """One order of a file: the rows it came from, its body in own words, and what that means."""

    number: str
    rows: tuple[int, ...]
    body: Body
    draft: OrderDraft


@dataclass(slots=True)
class ToldRefund:
    number: str
    rows: tuple[int, ...]
    body: Body
    draft: RefundDraft


@dataclass(slots=True)
class Lines:
    """Articles of an order that the file does not hold otherwise."""

    number: str
    rows: tuple[int, ...]
    lines: list[Line]


@dataclass(slots=True)
class Return:
    """What a buyer gave back, of which the file does not say from which order."""

    number: str
    rows: tuple[int, ...]
    buyer_no: str
    at: datetime
    parts: list[Line]


Tale = ToldOrder | ToldRefund | Lines | Return


@dataclass
class Translation:
    """Read once: ``told`` yields; ``problems`` and ``row_count`` are whole after that."""

    columns: Columns
    channel: Channel
    groups: Groups = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    row_count: int = 0

    def told(self) -> Iterator[Tale]:
        """Orders first, in the file's order; what went back after them, since it may belong to one of them."""
        contents = self.columns.mapping.contents
        if contents is Contents.REFUNDS:
            yield from self._refunds()
        else:
            yield from self._orders(is_lines=contents is Contents.LINES)

    def refuse(self, rows: Sequence[int], error: BadInput) -> None:
        """The rows stand or fall together; the one at fault is named."""
        at, name = getattr(error, "row", 0), self.columns.name_of(error.field)
        said = str(error).removeprefix(f"{error.field}: ")
        self.problems += [Problem(row, error.problem, name, said if row == at or not at else "") for row in rows]

    def _orders(self, *, is_lines: bool) -> Iterator[Tale]:
        reader, returns = OrderReader(self.columns), []
        for number, rows in self.groups.items():
            numbers = tuple(row.number for row in rows)
            try:
                found = reader.sorted(rows)
                if is_lines:
                    yield Lines(number, numbers, found.bought)
                    continue
                if found.bought or not found.returned:
                    yield self._order(reader, number, rows, found)
                if found.returned:
                    returns.append(self._return(reader, number, rows, found))
            except BadInput as error:
                self.refuse(numbers, error)
        yield from returns

    def _order(self, reader: OrderReader, number: str, rows: list[FileRow], found: Sorted) -> ToldOrder:
        body = own.without_personal(reader.order(number, rows, found))
        return ToldOrder(number, tuple(row.number for row in rows), body, own.parse_order(body, self.channel))

    def _return(self, reader: OrderReader, number: str, rows: list[FileRow], found: Sorted) -> Return | ToldRefund:
        at = reader.moment_of(rows)
        numbers = tuple(line.row for line in found.returned)
        if found.bought:
            return refund_of(f"{number}-R", number, found.returned, at=at, channel=self.channel)
        return Return(number, numbers, self.columns.of_order(rows, F.BUYER_NO), at, found.returned)

    def _refunds(self) -> Iterator[ToldRefund]:
        for number, rows in self.groups.items():
            try:
                body = self._refund(number, rows[-1])
                yield ToldRefund(
                    number, tuple(row.number for row in rows), body, own_refund.parse_refund(body, self.channel)
                )
            except BadInput as error:
                self.refuse([row.number for row in rows], error)

    def _refund(self, number: str, row: FileRow) -> Body:
        columns = self.columns
        state, kind = columns.first(row, F.REFUND_STATUS), columns.first(row, F.REFUND_KIND)
        known = REFUND_KINDS.get(kind, AftersaleKind.UNKNOWN)
        if known is AftersaleKind.REFUND_AFTER_SHIPPING and columns.first(row, F.IS_SHIPPED) in NOT_SHIPPED:
            known = AftersaleKind.REFUND_BEFORE_SHIPPING
        status = REFUND_STATES.get(state, "") if state else AftersaleStatus.REQUESTED
        amount = sum(money(text, F.REFUND_AMOUNT) for text, _ in columns.values(row, F.REFUND_AMOUNT))
        moments = {one: moment(columns.first(row, one), one) for one in (F.REQUESTED_AT, F.CLOSED_AT, F.DEADLINE)}
        said = {
            "channel_refund_no": number,
            "channel_order_no": columns.first(row, F.ORDER_NO),
            "line_no": columns.first(row, F.LINE_NO),
            "kind": "" if known is AftersaleKind.UNKNOWN else str(known),
            "status": str(status),
            "status_word": shown_text(state, 64),
            "amount": yuan_text(amount),
            "reason": shown_text(columns.first(row, F.REFUND_REASON), 200),
            "requested_at": _iso(moments[F.REQUESTED_AT]),
            "updated_at": _iso(moments[F.CLOSED_AT]),
            "deadline": _iso(moments[F.DEADLINE]),
            "return_tracking_no": columns.first(row, F.RETURN_NO),
        }
        return {name: value for name, value in said.items() if value}


def translation(table: Table, mapping: FileMapping, channel: Channel) -> Translation:
    """Reads the whole table."""
    columns = Columns(mapping, table.header)
    made = Translation(columns, channel)
    by = F.REFUND_NO if mapping.contents is Contents.REFUNDS else F.ORDER_NO

    def counted() -> Iterator[tuple[int, list[str]]]:
        for made.row_count, row in enumerate(table.rows, 1):
            yield row

    made.groups, made.problems = grouped(columns, counted(), by)
    return made


def refund_of(number: str, order_no: str, parts: Sequence[Line], *, at: datetime, channel: Channel) -> ToldRefund:
    """Goods that came back, as a case that is closed: the file is a record of what has happened."""
    has_goods = any(part.sku for part in parts)
    kind = AftersaleKind.RETURN_AND_REFUND if has_goods else AftersaleKind.REFUND_AFTER_SHIPPING
    body: Body = {
        "channel_refund_no": number,
        "channel_order_no": order_no,
        "kind": str(kind),
        "status": str(AftersaleStatus.CLOSED),
        "amount": yuan_text(sum(abs(total_of(part)) for part in parts)),
        "reason": parts[0].title,
        "requested_at": _iso(at),
    }
    return ToldRefund(number, tuple(part.row for part in parts), body, own_refund.parse_refund(body, channel))


def _iso(at: datetime | None) -> str:
    return at.astimezone(SHANGHAI).isoformat() if at else ""
