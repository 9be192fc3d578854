"""What may a value of a WeChat message be? Cut and cleaned to its type, lest the whole message is refused.

Source: the limits table of subscribeMessage.send as collected, read 2026-11; a type stands in front of its number
(``thing1``). WeChat counts as JavaScript does, so a rare character or emoji is two.
"""

import re
from collections.abc import Callable
from datetime import datetime

from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import shown_text

_TYPE = re.compile(r"([a-z_]+?)\d*\Z")
_MOST_OTHERWISE = 200
_TIME = re.compile(r"(\d{4}([-/年])\d{1,2}([-/月])\d{1,2}日?\s?)?(\d{1,2}:\d{2}(:\d{2})?)?\Z")


def fitted(name: str, text: str) -> str:
    """``text`` as the value ``name`` may have it; never empty, since WeChat refuses a message with an empty value.

    Raises:
        BadInput: a time or date that is none, or a number without a digit.
    """
    found = _TYPE.fullmatch(name)
    fit = _FITS.get(found.group(1)) if found else None
    shown = shown_text(text, 1000).strip()
    return fit(shown) if fit else _cut(shown, _MOST_OTHERWISE) or "-"


def _cut(text: str, most: int) -> str:
    """At most ``most`` as WeChat counts; what was longer ends in ``…``."""
    if _length(text) <= most:
        return text
    while _length(text) > most - 1:
        text = text[:-1]
    return f"{text}…"


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _thing(text: str) -> str:
    return _cut(text, 20) or "-"


def _only(pattern: str, most: int, otherwise: str) -> Callable[[str], str]:
    def only(text: str) -> str:
        return "".join(re.findall(pattern, text))[:most] or otherwise

    return only


def _number(text: str) -> str:
    return _some(re.search(r"-?[0-9]+(\.[0-9]+)?", text), "number", text)[:32].rstrip(".")


def _amount(text: str) -> str:
    found = re.search(r"([¥$￥€£]?)([0-9]{1,10})(\.[0-9]{1,2})?", text)
    whole = _some(found, "amount", text)
    return f"{whole}元" if found and not found.group(1) and text.endswith("元") else whole


def _name(text: str) -> str:
    # A sign of having been cut would make it a mixed one, of which fewer are let through.
    return (text[:20] if text.isascii() else _cut(text, 10)) or "-"


def _moment(text: str) -> str:
    parts = [part.strip() for part in text.split("~")]
    if not 1 <= len(parts) <= 2 or not all(part and _is_moment(part) for part in parts):
        raise BadInput(f"{text[:32]!r} is no time", field="values", problem="notice_time")
    return text


def _is_moment(text: str) -> bool:
    if not _TIME.fullmatch(text):
        return False
    digits = [int(one) for one in re.findall(r"\d+", text)]
    day, clock = (digits[:3], digits[3:]) if re.match(r"\d{4}\D", text) else ([2026, 1, 1], digits)
    try:
        datetime(*day, *clock)  # type: ignore[arg-type]  # noqa: DTZ001  (whether there is such a moment)
    except ValueError:
        return False
    return True


def _some(found: re.Match[str] | None, kind: str, text: str) -> str:
    if found is None:
        raise BadInput(f"{text[:32]!r} is no {kind}", field="values", problem="notice_number")
    return found.group(0)


_FITS: dict[str, Callable[[str], str]] = {
    "thing": _thing,
    "number": _number,
    "letter": _only("[A-Za-z]", 32, "-"),
    "symbol": _only(r"[!-/:-@\[-`{-~]", 5, "-"),
    "character_string": _only("[!-~]", 32, "-"),
    "time": _moment,
    "date": _moment,
    "amount": _amount,
    "phone_number": _only(r"[0-9+*() -]", 17, "-"),
    "car_number": lambda text: _cut(text, 8) or "-",
    "name": _name,
    "phrase": _only("[\u4e00-\u9fff]", 5, "暂无"),
}
