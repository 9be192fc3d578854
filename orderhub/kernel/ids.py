"""How are tokens made and outside numbers brought into shape?"""

import hashlib
import re
import secrets
import unicodedata

from orderhub.kernel.errors import BadInput


def new_token() -> str:
    """256 random bits, safe in a URL or a cookie."""
    return secrets.token_urlsafe(32)


def digest(text: str | bytes) -> str:
    """SHA-256 in hex: what is stored of a token, and what tells two contents apart."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def clean_no(value: object, *, field: str = "number") -> str:
    """An outside number or code as text: NFKC, no space around it, 1–64 printable characters.

    19-digit ids arrive as JSON numbers and stay exact.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadInput(f"{field}: {type(value).__name__} is not a number or a code", field=field, problem="not_code")
    text = str(value)
    text = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
    if not 1 <= len(text) <= 64 or not text.isprintable():
        raise BadInput(f"{field}: needs 1 to 64 printable characters", field=field, problem="not_code")
    return text


_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?(1[3-9][0-9])[- ]?[0-9]{4}[- ]?([0-9]{4})(?![0-9A-Za-z])")


def without_phones(text: str) -> str:
    """What people write, with every mobile number in it masked: ``138****0001``."""
    return _PHONE.sub(r"\1****\2", text)


_REMOVED = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF])


def clean_text(value: object, *, most: int, field: str = "text") -> str:
    """Text for people: zero-width and bidirectional marks taken out, at most ``most`` characters.

    Line breaks and tabs become spaces; emoji and rare characters stay.

    Raises:
        BadInput: another control character, or too long.
    """
    text = str(value or "")
    is_clean = text.isprintable()  # nothing to take out: most texts are
    text = text.strip() if is_clean else " ".join(text.translate(_REMOVED).replace("\t", " ").splitlines()).strip()
    if not is_clean and any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise BadInput(f"{field}: control characters are not allowed", field=field, problem="control_character")
    if len(text) > most:
        raise BadInput(f"{field}: {len(text)} characters, at most {most}", field=field, problem="too_long")
    return text


def shown_text(value: object, most: int) -> str:
    """A partner's text made fit to be shown: no control, zero-width or bidirectional marks, cut to ``most``.

    Unlike ``clean_text`` it refuses nothing: an order is not lost over a stray character in a remark.
    """
    text = str(value or "")
    if text.isprintable() and "  " not in text:
        return text.strip()[:most]
    text = " ".join(text.translate(_REMOVED).split())
    return "".join(character for character in text if unicodedata.category(character) not in ("Cc", "Cs"))[:most]
