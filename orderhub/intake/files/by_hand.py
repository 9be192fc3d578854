"""How is a file imported from the command line? The same steps as on the page, one after the other."""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from orderhub.intake.files.guess import guessed
from orderhub.intake.files.imports import KnownHeader
from orderhub.intake.files.mapping import FileMapping, checked, fingerprint, read_mapping
from orderhub.intake.files.running import known_mapping, shop_for
from orderhub.intake.files.table import Table, opened
from orderhub.intake.files.taking import Report, check_contents, go_through
from orderhub.intake.files.weighing import Effect
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.safe_cells import safe_cell

_SHOWN = 10


@dataclass(frozen=True)
class ByHand:
    """``mapping`` is a YAML file that says what the columns are; without it the header decides."""

    path: Path
    shop: str = ""
    mapping: Path | None = None

    def weigh(self) -> Report:
        """
        Raises:
            BadInput: the file is refused, or its columns are not known; ``guess`` says what they may be.
        """
        return self._go(take=False)

    def take(self) -> Report:
        return self._go(take=True)

    def guess(self) -> str:
        """A mapping as YAML, to be corrected and given back."""
        with self._opened() as table:
            guess = guessed(table.header, (cells for _, cells in table.rows), utc_now())
            return yaml.safe_dump(guess.written(), allow_unicode=True, sort_keys=False)

    def write_wrong(self, report: Report, target: Path) -> None:
        """The rows that were not taken, with the reason, as CSV that spreadsheet programs read."""
        problems = {problem.row: problem for problem in report.problems}
        with self._opened() as table, target.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file)
            rows.writerow([*map(safe_cell, table.header), "row", "reason"])
            for number, cells in table.rows:
                if problem := problems.get(number):
                    reason = f"{problem.column}: {problem.said}" if problem.column else problem.said
                    rows.writerow([*map(safe_cell, cells), number, safe_cell(reason)])

    def _go(self, *, take: bool) -> Report:
        now = utc_now()
        with self._opened() as table:
            mapping = self._mapping(table)
            if mapping is None:
                raise BadInput(f"{self.path.name}: no known layout", field="file", problem="file_unknown")
            check_contents(mapping)
            if take and self.mapping:
                _remember(table, mapping)
            with reading() as session:
                shop = shop_for(session, self.shop, mapping.channel)
            return go_through(table, mapping, shop, now, take=take)

    def _mapping(self, table: Table) -> FileMapping | None:
        if self.mapping is None:
            return known_mapping(table.header)
        try:
            return checked(read_mapping(yaml.safe_load(self.mapping.read_text(encoding="utf-8"))))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise BadInput(f"{self.mapping.name}: cannot be read", field="mapping", problem="not_mapping") from error

    @contextmanager
    def _opened(self) -> Iterator[Table]:
        with file_link(self.path) as link, opened(link, self.path.name) as table:
            yield table


@contextmanager
def file_link(path: Path) -> Iterator[Path]:
    """A link to ``path``: a packed file is unpacked beside it, never in the folder it lies in."""
    if not path.is_file():
        raise BadInput(f"{path.name}: there is no such file", field="file", problem="file_missing")
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "file"
        link.symlink_to(path.resolve())
        yield link


def report_text(report: Report, *, taken: bool) -> str:
    """What a person at a terminal reads; nothing of a buyer stands in it."""
    counts = ", ".join(f"{report.counts[effect]:,} {effect}" for effect in Effect)
    said = [f"{report.layout or 'your mapping'}: {report.rows:,} rows; {counts}, {len(report.problems):,} rows wrong"]
    said += [
        f"  {sample.effect:8} {sample.number}  {sample.status}  ¥{sample.total}  {sample.goods}"
        + (f"  ({sample.changed})" if sample.changed else "")
        for sample in report.samples
        if sample.effect is not Effect.SAME and not taken
    ]
    said += [f"  row {one.row}: {one.column} {one.said}".rstrip() for one in report.problems[:_SHOWN]]
    if len(report.problems) > _SHOWN:
        said.append(f"  … and {len(report.problems) - _SHOWN:,} more")
    return "\n".join(said)


def _remember(table: Table, mapping: FileMapping) -> None:
    with transaction() as session:
        session.merge(
            KnownHeader(mark=fingerprint(table.header), mapping=mapping.written(), by=SYSTEM, changed_at=utc_now())
        )
