"""How does TOP read what it is asked, and what does it say to what it cannot read?"""

from collections.abc import Mapping

from orderhub.lab.answers import Refused

Params = Mapping[str, str]


def invalid(sub_code: str, sub_msg: str) -> Refused:
    return Refused(41, "Invalid Arguments", sub_code, sub_msg)


def number(params: Params, name: str) -> int:
    text = params.get(name, "")
    if not text:
        raise Refused(40, "Missing Required Arguments", f"isv.missing-parameter:{name}", f"缺少必要的参数{name}")
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise invalid(f"isv.invalid-parameter:{name}", f"参数{name}无效")
    return int(text)
