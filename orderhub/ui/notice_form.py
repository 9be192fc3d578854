"""How is what was typed of a plan read? ``thing1=goods`` a line, times as ``22:00``."""

import re
from collections.abc import Mapping

from orderhub.domain.notice_plan import MOST_VALUES, MOST_WAYS, NoticeField, NoticeMoment, NoticeWay
from orderhub.kernel.errors import BadInput
from orderhub.ui.notice_text import NOTICE_LABELS
from orderhub.ui.numbers import number_of

_WORDS = {
    word: field for field, pair in NOTICE_LABELS[NoticeField].items() for word in (str(field), pair[0], pair[1].lower())
}
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def typed_moment(form: Mapping[str, str]) -> NoticeMoment:
    word = form.get("moment", "")
    if word not in list(NoticeMoment):
        raise BadInput("moment: there is none of that name", field="moment", problem="notice_moment")
    return NoticeMoment(word)


def typed_ways(form: Mapping[str, str]) -> list[NoticeWay]:
    """Those with an account, in their order. Raises: BadInput."""
    ways = []
    for place in range(1, MOST_WAYS + 1):
        if account_id := number_of(form.get(f"account{place}", "")):
            template, page = form.get(f"template{place}", "").strip(), form.get(f"page{place}", "").strip()
            ways.append(NoticeWay(account_id, template, _values(form.get(f"values{place}", "")), page))
    return ways


def typed_quiet(form: Mapping[str, str]) -> tuple[int, int]:
    """Two equal times: no quiet hours. Raises: BadInput."""
    found = [_CLOCK.fullmatch(form.get(name, "").strip()) for name in ("quiet_from", "quiet_until")]
    if not all(found):
        raise BadInput("quiet: a time of the day such as 22:00", field="quiet", problem="notice_hours")
    start, end = (int(one.group(1)) * 60 + int(one.group(2)) for one in found if one)
    return start, end


def _values(text: str) -> tuple[tuple[str, NoticeField], ...]:
    rows = [row.strip() for row in re.split(r"[\n,，;；]", text[:2000]) if row.strip()]
    if len(rows) > MOST_VALUES:
        raise BadInput(f"values: {MOST_VALUES} at most", field="values", problem="notice_values")
    values = []
    for row in rows:
        name, _, word = (part.strip() for part in row.partition("="))
        if word.lower() not in _WORDS:
            raise BadInput(f"values: {word[:32]!r} is nothing we can fill in", field="values", problem="notice_field")
        values.append((name, _WORDS[word.lower()]))
    return tuple(values)
