"""How is a person shown who must not be known? What a channel sends in the clear is masked at the border."""

import re

# `$$…$…$1$$` of a phone, `##…#…#1##` of a text, `~…~` and `#…#` elsewhere; never with Chinese in them.
_FENCED = r"(\$\$|##|~|#)[\x21-\x7e]+\1|[$#~][\x21-\x7e]{19,}"
_JD = r"AAS/[A-Za-z0-9+/]{20,}={0,2}"
_CIPHER = re.compile(f"{_FENCED}|{_JD}")


def is_cipher(value: str) -> bool:
    return bool(_CIPHER.fullmatch(value))


def mask_name(name: str) -> str:
    """``测试收件人`` → ``测**``; what is masked stays, a cipher is not shown at all."""
    name = name.strip()
    if not name or is_cipher(name):
        return ""
    # One star within a full name hides nobody.
    return name if _masks(name) and len(name) - _masks(name) <= 3 else f"{name[:1]}**"


def mask_phone(phone: str) -> str:
    """``13800000000`` → ``138****0000``; never more than seven digits are left."""
    phone = phone.strip()
    if not phone or is_cipher(phone):
        return ""
    if _masks(phone) and len(phone) - _masks(phone) <= 7:
        return phone
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > 7 else "****"


def mask_address(address: str) -> str:
    """Beyond the region nothing is kept of an address in the clear."""
    address = address.strip()
    if not address or is_cipher(address):
        return ""
    return address if _masks(address) >= 3 else "****"


def phone_tail(masked: str) -> str:
    """The last four digits, where the mask leaves all four."""
    tail = masked.strip()[-4:]
    return tail if re.fullmatch(r"\d{4}", tail, re.ASCII) else ""


def _masks(value: str) -> int:
    return value.count("*") + value.count("×") + value.count("＊")
