"""How does a view of the board stand in a URL? Copying the link, back and forward work because of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

from orderhub.domain.hold import HoldReason
from orderhub.domain.words import Channel
from orderhub.insights.board_filter import BoardQuery, Tab
from orderhub.insights.keyset import BoardSort
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import parse_yuan, yuan_text
from orderhub.kernel.sight import FieldGroup, sees
from orderhub.ui.behind_address import orders_behind, orders_words
from orderhub.ui.numbers import number_of

Word = TypeVar("Word", bound=StrEnum)

PATH = "/orders"
CUSTOM = "cf."
DEADLINES = (2, 24, 48)
_MOST_WORDS = 20
_MOST_CUSTOM = 5
_MOST_HOURS, _HOUR_DIGITS = 720, 4


def read_address(given: Mapping[str, str]) -> BoardQuery:
    """The query a link asks for; what it cannot mean is left out, because links are typed and cut by people.

    So is what would tell whoever looks about money they may not see.
    """
    given = {name: text.replace("\0", "") for name, text in given.items()}  # no database compares it
    if not sees(FieldGroup.MONEY):
        given = {name: text for name, text in given.items() if name not in ("min", "max") and text != BoardSort.AT_RISK}
    return BoardQuery(
        tab=_one(Tab, given.get("tab"), Tab.OPEN),
        channels=_several(Channel, given.get("channel")),
        shops=_words(given.get("shop")),
        tags=_words(given.get("tag")),
        holds=_several(HoldReason, given.get("hold")),
        due_within_hours=_hours(given.get("due")),
        least_fen=_fen(given.get("min")),
        most_fen=_fen(given.get("max")),
        text=given.get("q", "").strip()[:64],
        custom=_custom(given),
        behind=orders_behind(given),
        sort=_one(BoardSort, given.get("sort"), BoardSort.DUE),
        descending=given.get("desc") == "1",
        cursor=given.get("at", "")[:200],
    )


def address(query: BoardQuery, **more: str) -> str:
    """The link to ``query``, only what differs from the plain board, always in the same order."""
    plain = BoardQuery()
    parts = {
        "tab": query.tab if query.tab != plain.tab else "",
        "channel": _list(query.channels),
        "shop": _list(query.shops),
        "tag": _list(query.tags),
        "hold": _list(query.holds),
        "due": str(query.due_within_hours or ""),
        "min": yuan_text(query.least_fen) if query.least_fen is not None else "",
        "max": yuan_text(query.most_fen) if query.most_fen is not None else "",
        "q": query.text,
        **{f"{CUSTOM}{name}": wanted for name, wanted in query.custom},
        **orders_words(query.behind),
        "sort": query.sort if query.sort != plain.sort else "",
        "desc": "1" if query.descending else "",
        "at": query.cursor,
        **more,
    }
    kept = urlencode({name: value for name, value in parts.items() if value}, safe=",:~")
    return f"{PATH}?{kept}" if kept else PATH


def toggled(query: BoardQuery, field: str, word: Any) -> BoardQuery:
    """``query`` with ``word`` put into ``field`` or taken out of it, from its first page."""
    standing = getattr(query, field)
    wanted = tuple(kept for kept in standing if kept != word) if word in standing else (*standing, word)
    return replace(query, **{field: wanted, "cursor": ""})


def _one(words: type[Word], text: str | None, otherwise: Word) -> Word:
    return words(text) if text in set(words) else otherwise


def _several(words: type[Word], text: str | None) -> tuple[Word, ...]:
    return tuple(words(word) for word in _words(text) if word in set(words))


def _list(words: Iterable[str]) -> str:
    """The words with commas between them; a comma within a word, as a tag may have, is written ``%2C``."""
    return ",".join(word.replace("%", "%25").replace(",", "%2C") for word in sorted(words))


def _words(text: str | None) -> tuple[str, ...]:
    parts = (part.replace("%2C", ",").replace("%25", "%") for part in (text or "").split(","))
    words: Iterable[str] = (part.strip()[:64] for part in parts)
    return tuple(sorted({word for word in words if word}))[:_MOST_WORDS]


def _custom(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """``cf.<name>=<what is asked of it>``, at most five of them, by name."""
    asked = {name.removeprefix(CUSTOM).strip()[:32]: text.strip()[:64] for name, text in given.items() if _is_cf(name)}
    return tuple(sorted((name, text) for name, text in asked.items() if name and text))[:_MOST_CUSTOM]


def _is_cf(name: str) -> bool:
    return name.startswith(CUSTOM)


def _hours(text: str | None) -> int | None:
    hours = number_of(text or "") if len(text or "") <= _HOUR_DIGITS else 0
    return hours if 1 <= hours <= _MOST_HOURS else None


def _fen(text: str | None) -> int | None:
    try:
        return parse_yuan(text) if text else None
    except BadInput:
        return None
