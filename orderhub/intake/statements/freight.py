"""What does a carrier's bill say? Columns by the names they bear; every row that cannot be read is named, with why."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from orderhub.domain.carrier_service import carrier_named
from orderhub.domain.freight import Charge
from orderhub.domain.freight_bill import Bill
from orderhub.domain.shipping import waybill
from orderhub.domain.words import Carrier
from orderhub.intake.files.cells import is_rounded, moment, money, plain
from orderhub.intake.files.mapping import named
from orderhub.intake.files.table import Table, opened
from orderhub.kernel.clock import business_day
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import shown_text

# The best first. Source: column names of carriers' monthly statements as merchants upload them to settlement tools.
_COLUMNS = {
    "tracking_no": "运单号 运单号码 运单编号 快递单号 物流单号 面单号 单号",
    "day": "揽收日期 揽收时间 揽件日期 寄件日期 寄件时间 收寄日期 收寄时间 发货日期 业务日期 日期 计费日期 扫描时间",
    "charged": "应付金额 应收金额 结算金额 折后金额 结算运费 总费用 费用合计 费用 金额 运费 快递费",
    "weight": "计费重量 结算重量 重量 实际重量 称重重量",
    "zone": "目的省份 目的省 到件省份 到件省 收件省份 收件省 目的地省份 省份 目的地 到达地 收件地 到件地区 目的城市",
    "word": "费用类型 费用名称 费用项目 增值服务",
    "carrier": "快递公司 物流公司 承运商",
}
_NEEDED = ("tracking_no", "day", "charged")
_UNIT = re.compile(r"\([^()]*\)$")
_IN_GRAMS = re.compile(r"\(g\)|克")
_UNITS = {"公斤": False, "千克": False, "kg": False, "克": True, "g": True}
_WEIGHT_DRESS = str.maketrans("", "", ",， ")
_MOST_GRAMS = 1_000_000
MOST_PROBLEMS = 50


@dataclass(frozen=True)
class RowProblem:
    """``row`` is the line of the file it ends on; ``problem`` what is wrong with ``field``, the column's own name."""

    row: int
    field: str
    problem: str


@dataclass(frozen=True)
class Read:
    """``bill`` holds the rows that can be read; it is taken only where there are no ``problems`` (the first 50)."""

    bill: Bill
    problems: tuple[RowProblem, ...] = ()


class BadBill(BadInput):
    """Rows of it cannot be read; nothing is taken."""

    def __init__(self, problems: tuple[RowProblem, ...]) -> None:
        super().__init__(f"row {problems[0].row}: {problems[0].problem}", field="file", problem="freight_rows")
        self.problems = problems


def read_bill(path: Path, name: str, *, carrier: str = "") -> Read:
    """What ``path``, which came under ``name``, holds. ``carrier`` is who sent it; a column may name it instead.

    Raises:
        BadInput: no table, no columns of a freight bill, or nobody says whose it is.
    """
    with opened(path, name) as table:
        columns = _Columns(table)
        charges: list[Charge] = []
        problems: list[RowProblem] = []
        said: set[str] = set()
        for number, cells in table.rows:
            try:
                charges.append(columns.charge(cells))
            except BadInput as error:
                if len(problems) < MOST_PROBLEMS:
                    problems.append(RowProblem(number, error.field, error.problem))
                continue
            said.add(columns.text(cells, "carrier"))
    if not charges and not problems:
        raise BadInput("the bill holds no charge", field="file", problem="freight_empty")
    return Read(Bill(_whose(carrier, said - {""}), tuple(charges), name), tuple(problems))


def checked_bill(path: Path, name: str, *, carrier: str = "") -> Bill:
    """Raises: BadInput: as ``read_bill``. BadBill: a row of it cannot be read."""
    read = read_bill(path, name, carrier=carrier)
    if read.problems:
        raise BadBill(read.problems)
    return read.bill


class _Columns:
    def __init__(self, table: Table) -> None:
        self._header = table.header
        names = [(place, named(name)) for place, name in reversed(list(enumerate(table.header))) if name]
        places = {_UNIT.sub("", name): place for place, name in names} | {name: place for place, name in names}
        self._places = {
            field: next((places[named(one)] for one in names.split() if named(one) in places), None)
            for field, names in _COLUMNS.items()
        }
        missing = [field for field in _NEEDED if self._places[field] is None]
        if missing:
            names = "、".join(_COLUMNS[field].split()[0] for field in missing)
            raise BadInput(f"no column {names}", field="file", problem="freight_unknown")
        self._is_in_grams = bool(_IN_GRAMS.search(named(self._name("weight"))))

    def charge(self, cells: list[str]) -> Charge:
        """Raises: BadInput, with the column's own name."""
        number = self.text(cells, "tracking_no")
        if not number:
            raise BadInput("no waybill", field=self._name("tracking_no"), problem="no_number")
        if is_rounded(number):
            raise BadInput("shortened", field=self._name("tracking_no"), problem="rounded_no")
        charged = self.text(cells, "charged")
        if not charged:
            raise BadInput("no amount", field=self._name("charged"), problem="freight_no_amount")
        try:
            known = waybill(number)
        except BadInput as error:
            raise BadInput(str(error), field=self._name("tracking_no"), problem="not_waybill") from error
        return Charge(
            tracking_no=known,
            day=self._day(cells),
            charged_fen=money(charged, self._name("charged")),
            grams=self._grams(self.text(cells, "weight")),
            zone=shown_text(self.text(cells, "zone"), 64),
            word=shown_text(self.text(cells, "word"), 64),
        )

    def text(self, cells: list[str], field: str) -> str:
        place = self._places[field]
        return plain(cells[place]) if place is not None else ""

    def _name(self, field: str) -> str:
        place = self._places[field]
        return self._header[place] if place is not None else ""

    def _day(self, cells: list[str]) -> date:
        found = moment(self.text(cells, "day"), self._name("day"))
        if found is None:
            raise BadInput("no day", field=self._name("day"), problem="not_moment")
        return business_day(found)

    def _grams(self, text: str) -> int:
        """``1.25``, ``1.25kg`` and ``800g``; without a unit its column's."""
        bare = text.translate(_WEIGHT_DRESS).casefold()
        if not bare:
            return 0
        unit = next((unit for unit in _UNITS if bare.endswith(unit)), "")
        is_grams = _UNITS[unit] if unit else self._is_in_grams
        bare = bare.removesuffix(unit)
        try:
            grams = Decimal(bare) if is_grams else Decimal(bare) * 1000
            whole = int(grams.to_integral_value()) if grams.is_finite() else -1
        except (InvalidOperation, ValueError, OverflowError):
            whole = -1
        if not 0 <= whole <= _MOST_GRAMS:
            raise BadInput(f"weight: {text[:20]!r}", field=self._name("weight"), problem="freight_weight")
        return whole


def _whose(given: str, said: set[str]) -> Carrier:
    names = {known for one in said if (known := carrier_named(one))}
    chosen = carrier_named(given) if given else None
    if chosen is None and len(names) == 1:
        return names.pop()
    if chosen is None or names - {chosen}:
        problem = "freight_other_carrier" if names else "freight_no_carrier"
        raise BadInput("carrier: say whose bill it is", field="carrier", problem=problem)
    return chosen
