"""What order do these rows tell of? In the hub's own words (``connectors/channels/own.py``), every amount in fen.

Where a file says less than an order needs, the rules are these and no others: a status that is paid without a moment
of payment was paid when it was placed; goods sold for one sum are split over their pieces, the fen that do not divide
become a discount; what goods and freight cost more than the buyer pays is the discount.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orderhub.connectors.channels.contract import Body
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.intake.files.cells import moment, money, whole
from orderhub.intake.files.mapping import ADDED_UP, FileField, FileMapping, Transform
from orderhub.intake.files.rows import Columns, FileRow
from orderhub.intake.files.status_words import ANY, CLOSED
from orderhub.kernel.clock import from_shanghai
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import shown_text
from orderhub.kernel.money import bounded_fen, yuan_text

F = FileField
MOST_LINES = 500
SUMMARY_LINE = "0"  # the number of a line that stands for several articles the file does not tell apart
_PAID = frozenset(ChannelStatus) - {ChannelStatus.UNPAID, ChannelStatus.CLOSED_UNPAID, ChannelStatus.UNKNOWN}
_JOINED = re.compile("[;；]")
_PARCELS = re.compile(r"[,;，；、|\s]+")
_DATED_NO = re.compile(r"(\d{2})(\d{2})(\d{2})-\d{15}")
_REGION_ENDS = ("省", "市", "区", "县", "州", "盟", "旗", "行政区")


@dataclass(frozen=True, slots=True)
class Line:
    """``price_fen`` of one piece, ``total_fen`` of all; None where the file does not say. ``row`` is where it is."""

    row: int
    line_no: str
    sku: str
    title: str
    spec: str
    quantity: int
    price_fen: int | None
    total_fen: int | None


@dataclass
class Sorted:
    """Rows of one number: what was bought, what was given back, and what is no article at all."""

    bought: list[Line] = field(default_factory=list)
    returned: list[Line] = field(default_factory=list)
    freight_fen: int = 0


class OrderReader:
    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.mapping: FileMapping = columns.mapping
        self._statuses = self.mapping.statuses or ANY

    def sorted(self, rows: Sequence[FileRow]) -> Sorted:
        """
        Raises:
            BadInput: a quantity or a price cannot be read; ``field`` names it.
        """
        found = Sorted()
        seen: set[tuple[str, ...]] = set()
        for row in rows:
            for line in self._lines(row):
                self._sort(line, found, seen, row)
        return found

    def order(self, number: str, rows: Sequence[FileRow], found: Sorted) -> Body:
        """
        Raises:
            BadInput: not an order by what the rows say.
        """
        paid_at = self._moment(rows, F.PAID_AT)
        created_at = self._moment(rows, F.CREATED_AT) or paid_at or self._in_number(number)
        if created_at is None:
            raise BadInput("has no moment at which it was placed", field=F.CREATED_AT, problem="no_moment")
        status, word = self._status(rows, paid_at)
        if paid_at is None and status in _PAID:
            paid_at = created_at
        given = Sums(
            self._amount(rows, F.TOTAL),
            self._amount(rows, F.GOODS_TOTAL),
            (self._amount(rows, F.FREIGHT) or 0) + found.freight_fen,
            self._amount(rows, F.DISCOUNT) or 0,
        )
        lines, total, freight, discount = priced(found.bought, given)
        body: Body = {
            "channel_order_no": number,
            "created_at": _iso(created_at),
            "status": str(status) if status != ChannelStatus.UNKNOWN else "",
            "status_word": word,
            "total": yuan_text(total),
            "freight": yuan_text(freight),
            "discount": yuan_text(discount),
            "lines": lines,
            "buyer": self._buyer(rows),
            "receiver": self._receiver(rows),
            "buyer_remark": shown_text(self.columns.of_order(rows, F.BUYER_REMARK), 1000),
            "seller_remark": shown_text(self.columns.of_order(rows, F.SELLER_REMARK), 1000),
            "parcels": self._parcels(rows),
        }
        for name, at in (("paid_at", paid_at), *((one, self._moment(rows, one)) for one in _LATER)):
            if at:
                body[str(name)] = _iso(at)
        return {name: value for name, value in body.items() if value not in ("", [], {})}

    def moment_of(self, rows: Sequence[FileRow]) -> datetime:
        """Raises: BadInput: the rows say no moment."""
        found = self._moment(rows, F.CREATED_AT) or self._moment(rows, F.PAID_AT)
        if found is None:
            raise BadInput("has no moment", field=F.CREATED_AT, problem="no_moment")
        return found

    def _lines(self, row: FileRow) -> Iterator[Line]:
        columns = self.columns
        texts = {field: columns.first(row, field) for field in _SPLIT}
        parts = {field: _JOINED.split(text) for field, text in texts.items() if text}
        count = len(parts.get(F.TITLE, parts.get(F.SKU, [""])))
        if count > 1 and any(len(parts.get(field, ())) == count for field in (F.QUANTITY, F.SKU, F.LINE_NO)):
            for place in range(count):
                yield self._line(row, {f: part[place] for f, part in parts.items() if len(part) == count})
        elif texts[F.TITLE] or texts[F.SKU] or texts[F.QUANTITY]:
            yield self._line(row, texts)

    def _line(self, row: FileRow, texts: dict[FileField, str]) -> Line:
        quantity = texts.get(F.QUANTITY, "").strip()
        if not quantity and self.columns.has(F.QUANTITY):
            raise _at(row, BadInput("has no quantity", field=F.QUANTITY, problem="no_quantity"))
        price, total = texts.get(F.UNIT_PRICE, "").strip(), texts.get(F.LINE_TOTAL, "").strip()
        try:
            return Line(
                row.number,
                texts.get(F.LINE_NO, "").strip()[:64],
                texts.get(F.SKU, "").strip(),
                shown_text(texts.get(F.TITLE, "") or texts.get(F.SKU, ""), 200),
                shown_text(texts.get(F.SPEC, ""), 200),
                whole(quantity, F.QUANTITY),
                money(price, F.UNIT_PRICE, is_fen=self._is_fen(F.UNIT_PRICE)) if price else None,
                money(total, F.LINE_TOTAL, is_fen=self._is_fen(F.LINE_TOTAL)) if total else None,
            )
        except BadInput as error:
            raise _at(row, error) from error

    def _sort(self, line: Line, found: Sorted, seen: set[tuple[str, ...]], row: FileRow) -> None:
        code = line.sku.upper()
        same = (line.line_no, *row.values)
        if line.line_no and same in seen:
            return  # the same row twice
        seen.add(same)
        if (line.price_fen or 0) < 0:
            raise _at(row, BadInput("is negative", field=F.UNIT_PRICE, problem="absurd_money"))
        if line.quantity < 0 and self.mapping.has_returns:
            if not line.price_fen and not line.total_fen:
                raise _at(row, BadInput("was never paid", field=F.QUANTITY, problem="nothing_paid"))
            is_goods = code not in self.mapping.freight_codes | self.mapping.other_codes
            found.returned.append(line if is_goods else without_sku(line))
        elif line.quantity < 1:
            raise _at(row, BadInput("needs to be 1 or more", field=F.QUANTITY, problem="not_positive"))
        elif code in self.mapping.freight_codes:
            found.freight_fen += total_of(line)
        elif code in self.mapping.other_codes:
            found.bought.append(without_sku(line))
        else:
            found.bought.append(line)

    def _status(self, rows: Sequence[FileRow], paid_at: datetime | None) -> tuple[str, str]:
        """Ours and the platform's word; unknown where it is none that we have met."""
        words = {word: self._word(word) for row in rows if (word := self.columns.first(row, F.STATUS))}
        if not words:
            return (self.mapping.usual or (ChannelStatus.PAID if paid_at else ChannelStatus.UNPAID)), ""
        living = {word: status for word, status in words.items() if status not in _ENDED} or words
        word = min(living, key=lambda one: _RANK.get(living[one], len(_RANK)))
        status = living[word]
        if status == CLOSED:
            status = ChannelStatus.CLOSED_REFUNDED if paid_at else ChannelStatus.CLOSED_UNPAID
        return status, shown_text(word, 64)

    def _word(self, word: str) -> str:
        found = self._statuses.get(word) or self._statuses.get(word.casefold())
        return found if found and found != ChannelStatus.PAID_WAIT else ChannelStatus.UNKNOWN

    def _amount(self, rows: Sequence[FileRow], wanted: FileField) -> int | None:
        """Of the order: said once, or the sum of its rows. None where no row says it."""
        if not self.columns.has(wanted):
            return None
        is_fen, total, is_said = self._is_fen(wanted), 0, False
        for row in rows:
            values = list(self.columns.values(row, wanted))
            try:
                total += sum(money(value, wanted, is_fen=is_fen) for value, _ in values)
            except BadInput as error:
                raise _at(row, error) from error
            is_said |= bool(values)
            if is_said and not self.mapping.is_per_row:
                break
        return bounded_fen(total, field=wanted) if is_said or wanted in ADDED_UP else None

    def _moment(self, rows: Sequence[FileRow], wanted: FileField) -> datetime | None:
        slots = self.columns.slots(wanted)
        if not slots:
            return None
        for row in rows:
            for slot in slots:
                if text := row.values[slot]:
                    try:
                        if found := moment(text, wanted, self.columns.dates[slot]):
                            return found
                    except BadInput as error:
                        raise _at(row, error) from error
        return None

    def _in_number(self, number: str) -> datetime | None:
        """Pinduoduo's numbers begin with the day; the export leaves moments out at times."""
        dated = _DATED_NO.fullmatch(number) if self.mapping.channel is Channel.PINDUODUO else None
        try:
            return from_shanghai(f"20{dated[1]}-{dated[2]}-{dated[3]} 00:00:00") if dated else None
        except ValueError:
            return None

    def _is_fen(self, wanted: FileField) -> bool:
        slots = self.columns.slots(wanted)
        return bool(slots) and self.columns.columns[slots[0]].transform is Transform.FEN

    def _buyer(self, rows: Sequence[FileRow]) -> Body:
        said = {
            "token": self.columns.of_order(rows, F.BUYER_NO)[:200],
            "name": shown_text(self.columns.of_order(rows, F.BUYER_NAME), 200),
        }
        return {name: value for name, value in said.items() if value}

    def _receiver(self, rows: Sequence[FileRow]) -> Body:
        said = {field: shown_text(self.columns.of_order(rows, field), 200) for field in _RECEIVER}
        region = " ".join(said[field] for field in (F.PROVINCE, F.CITY, F.DISTRICT) if said[field])
        address = said[F.ADDRESS]
        parts = address.split(" ", 3)
        if not region and len(parts) == 4 and parts[0].endswith(_REGION_ENDS) and parts[1].endswith(_REGION_ENDS):
            region, address = " ".join(parts[:3]), parts[3]
        named = {"name": said[F.RECEIVER_NAME], "phone": said[F.PHONE], "region": region, "address": address}
        return {name: value for name, value in named.items() if value}

    def _parcels(self, rows: Sequence[FileRow]) -> list[Body]:
        parcels: dict[str, Body] = {}
        for row in rows:
            carrier = shown_text(self.columns.first(row, F.CARRIER), 64)
            for number in _PARCELS.split(self.columns.first(row, F.TRACKING_NO)):
                if number and len(number) <= 64 and number.isprintable():
                    parcels[number] = {"tracking_no": number} | ({"carrier": carrier} if carrier else {})
        return list(parcels.values())


_SPLIT = (F.TITLE, F.SKU, F.SPEC, F.LINE_NO, F.QUANTITY, F.UNIT_PRICE, F.LINE_TOTAL)
_RECEIVER = (F.RECEIVER_NAME, F.PHONE, F.PROVINCE, F.CITY, F.DISTRICT, F.ADDRESS)
_LATER = (F.SHIPPED_AT, F.COMPLETED_AT, F.SHIP_BY)
# An order of several rows goes by the living one that has come least far.
_RANK = {str(status): rank for rank, status in enumerate(ChannelStatus)}
_ENDED = (CLOSED, ChannelStatus.CLOSED_UNPAID, ChannelStatus.CLOSED_REFUNDED)


@dataclass(frozen=True)
class Sums:
    """What the file says in fen; None where it says nothing."""

    total: int | None
    goods: int | None
    freight: int
    discount: int


def total_of(line: Line) -> int:
    if line.total_fen is not None and line.price_fen is None:
        return line.total_fen
    return (line.price_fen or 0) * line.quantity


def without_sku(line: Line) -> Line:
    return Line(line.row, line.line_no, "", line.title, line.spec, line.quantity, line.price_fen, line.total_fen)


def priced(lines: Sequence[Line], given: Sums) -> tuple[list[Body], int, int, int]:
    """Lines in own words, with total, freight and discount in fen that add up.

    Raises:
        BadInput: no articles, no price at all, or the buyer pays more than goods and freight cost.
    """
    if not any(line.sku or line.title for line in lines):
        raise BadInput("has no article", field=F.SKU, problem="no_goods")
    if len(lines) > MOST_LINES:
        raise BadInput(f"has {len(lines)} lines, at most {MOST_LINES}", field=F.ORDER_NO, problem="line_count")
    prices = [line.price_fen if line.price_fen is not None else _per_piece(line) for line in lines]
    is_summary = any(price is None for price in prices)
    if is_summary:
        prices = _split(lines, given)
    goods = sum((price or 0) * line.quantity for price, line in zip(prices, lines, strict=True))
    total = given.total if given.total is not None else goods + given.freight - given.discount
    if goods + given.freight < total and (pieces := _as_pieces(lines, prices)) is not None:
        prices = pieces
        goods = sum(price * line.quantity for price, line in zip(pieces, lines, strict=True))
    discount = goods + given.freight - total
    if discount < 0 or total < 0:
        said = f"goods {yuan_text(goods)} + freight {yuan_text(given.freight)} are less than {yuan_text(total)}"
        raise BadInput(said, field=F.TOTAL, problem="amounts_differ")
    bodies = [_body(line, price or 0, place) for place, (line, price) in enumerate(zip(lines, prices, strict=True), 1)]
    if is_summary and len(bodies) == 1 and not lines[0].sku:
        bodies[0]["line_no"] = SUMMARY_LINE
    if len({body["line_no"] for body in bodies}) < len(bodies):
        for place, body in enumerate(bodies, 1):
            body["line_no"] = str(place)
    return bodies, total, given.freight, discount


def _per_piece(line: Line) -> int | None:
    """Rounded up to the fen: what it is too much becomes discount."""
    return None if line.total_fen is None else -(-line.total_fen // line.quantity)


def _split(lines: Sequence[Line], given: Sums) -> list[int | None]:
    """One price for each piece of all lines, from the sum of the goods."""
    goods = given.goods if given.goods is not None else given.total
    if goods is None:
        raise BadInput("has no price", field=F.UNIT_PRICE, problem="no_price")
    if given.goods is None:
        goods = max(0, goods - given.freight + given.discount)
    return [-(-goods // sum(line.quantity for line in lines))] * len(lines)


def _as_pieces(lines: Sequence[Line], prices: Sequence[int | None]) -> list[int] | None:
    """Some exports call a piece's price the amount of its line: so it is where the sum falls short otherwise."""
    if not all(line.total_fen is not None and line.price_fen is None for line in lines):
        return None
    return [line.total_fen or 0 for line in lines] if prices else None


def _body(line: Line, price_fen: int, place: int) -> Body:
    body: Body = {
        "line_no": line.line_no or str(place),
        "sku": line.sku,
        "title": line.title,
        "spec": line.spec,
        "quantity": line.quantity,
        "unit_price": yuan_text(price_fen),
    }
    return {name: value for name, value in body.items() if value != ""}


def _iso(at: datetime) -> str:
    return at.isoformat()


class RowError(BadInput):
    """A refusal that knows its row."""

    row: int = 0


def _at(row: FileRow, error: BadInput) -> BadInput:
    told = RowError(str(error), field=error.field, problem=error.problem)
    told.row = row.number
    return told
