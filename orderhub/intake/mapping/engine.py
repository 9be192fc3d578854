"""What does a mapping make of a channel's body? Pure: the same body and mappings always give the same result."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from orderhub.connectors import masking
from orderhub.domain.custom_field import Cell, FieldSpec, read_cell
from orderhub.intake.mapping.transforms import Reason, Refused, Transform, check_option, transformed
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import clean_text, shown_text

TAG, REMARK, CUSTOM = "tag", "remark", "cf."
MOST_MAPPINGS = 60
MOST_ROWS = 200
MOST_VALUES = 20
LONGEST_TAG, LONGEST_REMARK = 32, 500

_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII)
_BETWEEN = "；"
_PROBLEMS = {
    "not_number": Reason.NOT_NUMBER,
    "not_money": Reason.NOT_MONEY,
    "absurd_money": Reason.NOT_MONEY,
    "not_date": Reason.NOT_DATE,
    "not_choice": Reason.NOT_CHOICE,
    "too_long": Reason.TOO_LONG,
    "control_character": Reason.BAD_TEXT,
}

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Body = Mapping[str, Any]


class FieldMapping(BaseModel):
    """One line of a channel's mapping: where from, how, where to.

    ``path`` is JMESPath into the native body; ``target`` is ``tag``, ``remark`` or ``cf.<name of a custom field>``;
    ``default`` stands in where the path gives nothing; ``shop`` is a shop's code, empty for every shop of the channel.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Name
    path: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    target: Annotated[str, StringConstraints(max_length=40)]
    transform: Annotated[Transform, Field(strict=False)] = Transform.TEXT
    option: Annotated[str, StringConstraints(max_length=100)] = ""
    table: Annotated[dict[Word, Word], Field(max_length=MOST_ROWS)] = {}
    default: Annotated[str, StringConstraints(max_length=100)] = ""
    shop: Annotated[str, StringConstraints(max_length=32)] = ""

    @property
    def field_name(self) -> str:
        """The custom field it fills; empty for a tag or a remark."""
        return self.target.removeprefix(CUSTOM) if self.target.startswith(CUSTOM) else ""


@dataclass(frozen=True)
class Failure:
    """A value of ``mapping`` that was not taken."""

    mapping: str
    reason: Reason


@dataclass(frozen=True)
class Mapped:
    """``cells`` by name of custom field."""

    tags: tuple[str, ...] = ()
    remark: str = ""
    cells: Mapping[str, Cell] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Trial:
    """What one mapping found in one body and made of it; ``reason`` says why it made nothing."""

    found: tuple[str, ...]
    made: tuple[str, ...] = ()
    reason: Reason | None = None


def read_mapping(given: Mapping[str, Any]) -> FieldMapping:
    """A mapping from a form or a file.

    Raises:
        BadInput: it cannot work; ``field`` and ``problem`` say what is wrong.
    """
    try:
        mapping = FieldMapping.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "mapping"
        raise BadInput(f"{where}: {first['msg']}", field=where, problem="bad_mapping") from error
    check_path(mapping.path)
    check_option(mapping.transform, mapping.option, mapping.table)
    if mapping.target not in (TAG, REMARK) and not mapping.field_name:
        raise BadInput(f"target: {mapping.target[:40]!r} is no target", field="target", problem="bad_target")
    clean_text(mapping.name, most=40, field="name")
    return mapping


def check_all(mappings: Sequence[FieldMapping], fields: Mapping[str, FieldSpec], shops: Sequence[str] = ()) -> None:
    """Raises: BadInput: two of a name, too many, a target field or a shop (of ``shops``) that is not there."""
    if len(mappings) > MOST_MAPPINGS:
        raise BadInput(f"mappings: at most {MOST_MAPPINGS}", field="mappings", problem="too_many_mappings")
    names = [mapping.name for mapping in mappings]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise BadInput(f"name: two mappings are called {twice!r}", field="name", problem="mapping_name_taken")
    for mapping in mappings:
        if mapping.field_name and mapping.field_name not in fields:
            raise BadInput(f"target: no field is called {mapping.field_name!r}", field="target", problem="no_field")
        if mapping.shop and mapping.shop not in shops:
            raise BadInput(f"shop: the channel has no shop {mapping.shop!r}", field="shop", problem="no_such_shop")


def check_path(path: str) -> None:
    """Raises: BadInput: no JMESPath."""
    try:
        _compiled(path)
    except (JMESPathError, RecursionError) as error:
        raise BadInput(f"path: {path[:80]!r} cannot be read as JMESPath", field="path", problem="bad_path") from error


def apply(mappings: Sequence[FieldMapping], fields: Mapping[str, FieldSpec], body: Body, *, shop: str) -> Mapped:
    """Everything ``mappings`` make of ``body`` for ``shop``; a bad value is a failure, never an error.

    Of two mappings into one custom field the first that gives a value wins; tags and remarks add up.
    """
    tags: list[str] = []
    remarks: list[str] = []
    cells: dict[str, Cell] = {}
    failures: list[Failure] = []
    for mapping in mappings:
        if mapping.shop and mapping.shop != shop:
            continue
        try:
            made = _made(mapping, fields, found_in(mapping, body))
        except Refused as refusal:
            failures.append(Failure(mapping.name, refusal.reason))
            continue
        if mapping.target == TAG:
            tags += [cell.text for cell in made]
        elif mapping.target == REMARK:
            remarks += [cell.text for cell in made]
        elif made:
            cells.setdefault(mapping.field_name, made[0])
    remark = _BETWEEN.join(dict.fromkeys(remarks))[:LONGEST_REMARK]
    return Mapped(tuple(dict.fromkeys(tags)), remark, cells, tuple(failures))


def tried(mapping: FieldMapping, fields: Mapping[str, FieldSpec], body: Body) -> Trial:
    """For the preview: each step of one mapping on one body, as it may be shown."""
    try:
        found = found_in(mapping, body)
    except Refused as refusal:
        return Trial((), reason=refusal.reason)
    shown = tuple(shown_value(value) for value in found)
    try:
        return Trial(shown, tuple(cell.text for cell in _made(mapping, fields, found)))
    except Refused as refusal:
        return Trial(shown, reason=refusal.reason)


def found_in(mapping: FieldMapping, body: Body) -> list[str]:
    """The values at the mapping's path as text, each once. Raises: Refused: the path ends at no value."""
    try:
        found = _compiled(mapping.path).search(body)
    except (JMESPathError, RecursionError, TypeError, ValueError, ArithmeticError) as error:
        raise Refused(Reason.BAD_PATH) from error
    return list(dict.fromkeys(_texts(found)))[:MOST_VALUES]


def shown_value(value: str) -> str:
    """A value of a body as it may reach a browser: no cipher, no whole phone number."""
    if masking.is_cipher(value.strip()):
        return "****"
    return without_phones(shown_text(value, 200))


def without_phones(text: str) -> str:
    return _MOBILE.sub(lambda found: masking.mask_phone(found[0]), text)


@lru_cache(maxsize=512)
def _compiled(path: str) -> ParsedResult:
    return jmespath.compile(path)


def _texts(found: Any) -> list[str]:
    if found is None or found == "":
        return []
    if isinstance(found, bool):
        return [str(found).lower()]
    if isinstance(found, str | int | float):
        return [str(found)]
    if isinstance(found, list):
        return [text for part in found for text in _texts(part)]
    raise Refused(Reason.NO_VALUE)


def _made(mapping: FieldMapping, fields: Mapping[str, FieldSpec], found: Sequence[str]) -> list[Cell]:
    """Raises: Refused."""
    made: list[str] = []
    for value in found:
        if masking.is_cipher(value.strip()):
            raise Refused(Reason.CIPHER)
        made += transformed(mapping.transform, mapping.option, mapping.table, without_phones(value))
    made = list(dict.fromkeys(made)) or ([mapping.default] if mapping.default else [])
    if not mapping.field_name:
        most = LONGEST_TAG if mapping.target == TAG else LONGEST_REMARK
        return [Cell(text) for text in (_cleaned(text, most) for text in made) if text]
    if mapping.field_name not in fields:
        raise Refused(Reason.NO_FIELD)
    if len(made) > 1:
        raise Refused(Reason.SEVERAL)
    cells = [_cell(fields[mapping.field_name], text) for text in made]
    return [cell for cell in cells if cell.text]


def _cell(spec: FieldSpec, text: str) -> Cell:
    try:
        return read_cell(spec, text)
    except BadInput as error:
        raise Refused(_PROBLEMS[error.problem]) from error


def _cleaned(text: str, most: int) -> str:
    try:
        return clean_text(text, most=most)
    except BadInput as error:
        raise Refused(_PROBLEMS[error.problem]) from error
