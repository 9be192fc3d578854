"""How does the present system's export come in? A CSV of a few columns, by the names people give them."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from orderhub.domain.former import FormerOrder, Stage, stage_of
from orderhub.domain.shop import Shop
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import batched
from orderhub.kernel.ids import clean_no, shown_text

MOST_BYTES = 1_000_000
MOST_ROWS = 20_000
_ROWS_PER_INSERT = 300
_LONGEST_CELL = 200

_HEADERS = {
    "channel_order_no": ("订单号", "订单编号", "平台单号", "平台订单号", "主订单编号", "order_no", "order number"),
    "status_word": ("状态", "订单状态", "status"),
    "warehouse": ("仓库", "发货仓库", "发货仓", "warehouse"),
    "carrier": ("快递", "快递公司", "物流公司", "承运商", "carrier"),
    "shipped_at": ("发货时间", "shipped time", "shipped_at"),
    "paid_at": ("付款时间", "支付时间", "paid time", "paid_at"),
}
_MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")


@dataclass(frozen=True)
class Uploaded:
    """``wrong`` names rows that were left out, by their line in the file, at most ten."""

    rows: int
    wrong: tuple[str, ...]


def take_export(session: Session, shop: Shop, raw: bytes, *, by: str, now: datetime) -> Uploaded:
    """Keep what the present system says of each order, in place of what it said before; good rows only.

    Raises:
        BadInput: no table that can be read: too large, of an unknown encoding, half-quoted, without the order number.
    """
    rows, wrong = read_export(raw)
    facts = {"shop_id": shop.id, "uploaded_at": now, "uploaded_by": by, "compared_at": None}
    facts |= {"is_compared": False, "differences": ""}
    newest = {str(row["channel_order_no"]): row | facts for row in rows}
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    for part in batched((newest[number] for number in sorted(newest)), _ROWS_PER_INSERT):
        insert = dialect.insert(FormerOrder).values(part)
        kept = {name: insert.excluded[name] for name in part[0] if name not in ("shop_id", "channel_order_no")}
        session.exec(insert.on_conflict_do_update(index_elements=["shop_id", "channel_order_no"], set_=kept))  # pyright: ignore[reportCallIssue, reportArgumentType]
    return Uploaded(len(newest), wrong[:10])


def read_export(raw: bytes) -> tuple[list[dict[str, object]], tuple[str, ...]]:
    """The rows in our words, and what was wrong with the others. Raises: BadInput."""
    if len(raw) > MOST_BYTES:
        raise BadInput(f"the file has more than {MOST_BYTES:,} bytes", field="file", problem="former_file_too_large")
    table = _table(_text(raw))
    names = _columns(next(table, []))
    rows: list[dict[str, object]] = []
    wrong: list[str] = []
    for line, cells in enumerate(table, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) >= MOST_ROWS:
            raise BadInput(f"the file has more than {MOST_ROWS:,} rows", field="file", problem="former_file_too_large")
        try:
            rows.append(_row(names, cells))
        except BadInput as error:
            wrong.append(f"{line}: {error}")
    return rows, tuple(wrong)


def _text(raw: bytes) -> str:
    """The whole file in one encoding: UTF-8, or the one Chinese Windows writes."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("the file is neither UTF-8 nor GB18030 text", field="file", problem="file_unreadable")


def _table(text: str) -> Iterator[list[str]]:
    if "\0" in text:
        raise BadInput("the file is no text", field="file", problem="file_unreadable")
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in head else ",", strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise BadInput(f"line {reader.line_num}: {error}", field="file", problem="file_unreadable") from error


def _columns(head: Sequence[str]) -> list[str]:
    """Our name of each column; empty for one that is not asked for."""
    known = {alias: name for name, aliases in _HEADERS.items() for alias in aliases}
    names = [known.get(_plain(cell).casefold(), "") for cell in head]
    if "channel_order_no" not in names:
        raise BadInput("the first line names no column 订单号 / order_no", field="file", problem="file_no_order_column")
    return names


def _row(names: Sequence[str], cells: Sequence[str]) -> dict[str, object]:
    said = {name: _plain(cell) for name, cell in zip(names, cells, strict=False) if name}
    status_word = shown_text(said.get("status_word", ""), 64)
    stage: Stage | None = stage_of(status_word)
    return {
        "channel_order_no": clean_no(said.get("channel_order_no", ""), field="order_no"),
        "status_word": status_word,
        "stage": stage,
        "warehouse": shown_text(said.get("warehouse", ""), 64),
        "carrier": shown_text(said.get("carrier", ""), 64),
        "shipped_at": _moment(said.get("shipped_at", ""), "shipped_at"),
        "paid_at": _moment(said.get("paid_at", ""), "paid_at"),
    }


def _plain(cell: str) -> str:
    """Without what spreadsheets put around numbers to keep them text: tabs, apostrophes, back-ticks, ``="…"``."""
    bare = cell.strip().strip("\t'`").strip()
    if bare.startswith('="') and bare.endswith('"'):
        bare = bare[2:-1]
    return bare[:_LONGEST_CELL]


def _moment(text: str, field: str) -> datetime | None:
    """Beijing time, as every back office writes it."""
    if not text:
        return None
    for pattern in _MOMENTS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
    raise BadInput(
        f"{field}: {text[:32]!r} is no moment such as 2026-11-24 10:00:00", field=field, problem="not_moment"
    )
