"""How does a card become text that a chat shows as it is meant, in as many bytes as it takes?"""

from collections.abc import Sequence

from orderhub.kernel.ids import shown_text

_MOST_TITLE = 180
_MOST_FACT = 240
_MOST_ROW = 240
_MOST_FOOT = 240
_MOST_LINK = 500

# What a chat would take for a mention, a link, a picture or a tag is written wide: it is read the same.
_WIDE = str.maketrans("<>[]()*`#|~!@\\", "＜＞［］（）＊｀＃｜～！＠＼")


def safe(text: object, most_bytes: int) -> str:
    """``text`` as plain words: nothing in it means anything to a chat."""
    plain = shown_text(text, most_bytes).replace("://", "：//").translate(_WIDE)
    return shortened(plain, most_bytes)


def shortened(text: str, most_bytes: int) -> str:
    """At most so many bytes of UTF-8, cut between two characters."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= most_bytes:
        return raw.decode()
    mark = "…" if most_bytes >= len("…".encode()) else ""
    return raw[: most_bytes - len(mark.encode())].decode("utf-8", "ignore") + mark


def title_of(text: str) -> str:
    return safe(text, _MOST_TITLE)


def fact_of(value: str) -> str:
    return safe(value, _MOST_FACT)


def row_of(value: str) -> str:
    return safe(value, _MOST_ROW)


def foot_of(text: str) -> str:
    return safe(text, _MOST_FOOT)


def link_of(address: str) -> str:
    """Ours alone, and only where it fits and ends no markdown by itself."""
    is_plain = address.isascii() and not set(address) & set(" ()<>[]\"'")
    return address if is_plain and len(address) <= _MOST_LINK else ""


def fitted(head: Sequence[str], rows: Sequence[str], foot: Sequence[str], most_bytes: int, *, line: str = "\n") -> str:
    """Lines in their order; rows go first, from the end, and a line says how many went."""
    for kept in range(len(rows), -1, -1):
        left = len(rows) - kept
        more = [f"…另有 {left} 条"] if left else []
        text = line.join([*head, *rows[:kept], *more, *foot])
        if len(text.encode()) <= most_bytes:
            return text
    return shortened(line.join(head), most_bytes)
