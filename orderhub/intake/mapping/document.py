"""How do mappings stand in a file? As YAML that people read, compare and carry to another hub."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml
from sqlmodel import Session

from orderhub.domain.custom_field import FieldType, define, fields_in_use
from orderhub.domain.words import Channel
from orderhub.intake.mapping.engine import MOST_MAPPINGS, FieldMapping, read_mapping
from orderhub.intake.mapping.versions import MappingVersion, publish, put_all, working_version
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, NotFound

LONGEST = 256 * 1024
FORMAT = 1

_PARTS = {"orderhub_mapping", "channel", "fields", "mappings"}


@dataclass(frozen=True)
class Document:
    """``fields`` are (name, type, choices) of the custom fields that the mappings fill."""

    channel: Channel
    fields: tuple[tuple[str, FieldType, tuple[str, ...]], ...]
    mappings: tuple[FieldMapping, ...]


def exported(session: Session, channel: Channel) -> str:
    """What an editor of the channel shows: the draft where there is one, else what is live.

    Raises:
        NotFound: the channel has no mappings.
    """
    version = working_version(session, channel)
    if version is None:
        raise NotFound(f"{channel} has no mappings")
    return written(session, version)


def written(session: Session, version: MappingVersion) -> str:
    used = {mapping.field_name for mapping in version.mappings}
    fields = [
        {"name": field.name, "type": str(field.type)} | ({"choices": list(field.choices)} if field.choices else {})
        for field in fields_in_use(session)
        if field.name in used
    ]
    mappings = [mapping.model_dump(mode="json", exclude_defaults=True) for mapping in version.mappings]
    parts = {"orderhub_mapping": FORMAT, "channel": str(version.channel), "fields": fields, "mappings": mappings}
    return yaml.safe_dump(parts, allow_unicode=True, sort_keys=False, width=120)


def read_document(text: str) -> Document:
    """Raises: BadInput: no YAML, not of this form, or a mapping in it cannot work; it is named."""
    parts = _mapping_of(_loaded(text), "document")
    if strangers := set(parts) - _PARTS:
        raise _wrong(f"{min(map(str, strangers))[:40]!r} is not known")
    if parts.get("orderhub_mapping") != FORMAT:
        raise _wrong(f"orderhub_mapping: needs {FORMAT}")
    mappings = _list_of(parts.get("mappings"), "mappings")
    return Document(
        channel=_word(Channel, parts.get("channel"), "channel"),
        fields=tuple(_field(_mapping_of(one, "fields")) for one in _list_of(parts.get("fields"), "fields")),
        mappings=tuple(read_mapping(_texts(_mapping_of(one, "mappings"))) for one in mappings),
    )


def take_in_text(text: str, *, is_live: bool, by: str, now: datetime) -> MappingVersion:
    """Read YAML in as its channel's draft, and make it live where that is asked for. Raises as ``read_document``,
    ``take_in`` and ``publish`` do.
    """
    document = read_document(text)
    with transaction() as session:
        version = take_in(session, document, by=by, now=now)
        return publish(session, document.channel, by=by, now=now) if is_live else version


def take_in(session: Session, document: Document, *, by: str, now: datetime) -> MappingVersion:
    """Make the document the channel's draft, and the fields it needs; nothing is live by this.

    Raises:
        BadInput: its mappings cannot stand together, or name a shop that is not here.
        FieldTypeFixed: a field exists with another type.
    """
    for name, type_, choices in document.fields:
        define(session, name, type_, choices, by=by, now=now)
    session.flush()
    return put_all(session, document.channel, document.mappings, by=by, now=now)


def _loaded(text: str) -> Any:
    if len(text) > LONGEST:
        raise _wrong(f"is longer than {LONGEST} characters")
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise _wrong(f"is no YAML{f', line {mark.line + 1}' if mark else ''}") from error


def _field(parts: Mapping[str, Any]) -> tuple[str, FieldType, tuple[str, ...]]:
    if strangers := set(parts) - {"name", "type", "choices"}:
        raise _wrong(f"fields: {min(map(str, strangers))[:40]!r} is not known")
    choices = tuple(str(choice) for choice in _list_of(parts.get("choices"), "choices"))
    return str(parts.get("name", "")), _word(FieldType, parts.get("type"), "type"), choices


def _texts(parts: Mapping[str, Any]) -> dict[str, Any]:
    """YAML reads ``1: 是`` as a number; a mapping speaks of texts."""
    texts = {name: _text(value) for name, value in parts.items()}
    if isinstance(table := parts.get("table"), Mapping):
        texts["table"] = {_text(word): _text(result) for word, result in table.items()}
    return texts


def _text(value: Any) -> Any:
    return str(value) if type(value) is int else value


def _list_of(value: Any, name: str) -> Sequence[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > 10 * MOST_MAPPINGS:
        raise _wrong(f"{name}: needs a list, not too long")
    return value


def _mapping_of(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _wrong(f"{name}: needs names with values")
    return value


def _word(words: Any, value: Any, name: str) -> Any:
    if not isinstance(value, str) or value not in set(words):
        raise _wrong(f"{name}: needs one of {', '.join(words)}")
    return words(value)


def _wrong(what: str) -> BadInput:
    return BadInput(f"document: {what}", field="document", problem="bad_document")
