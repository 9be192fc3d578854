"""What do all resources of version 1 have in common? Their parameters, and how they refuse."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import StringConstraints

from orderhub.api.problems import Problem
from orderhub.kernel.sight import FieldGroup

_PRINTED = r"^[^\x00-\x1f\x7f]*$"

Fen = Annotated[int | None, FieldGroup.MONEY]
CostFen = Annotated[int | None, FieldGroup.COST]
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
ShopCode = Annotated[str, Query(max_length=32, pattern=_PRINTED, description="Our code of the shop.")]
Number = Annotated[str, Query(max_length=64, pattern=_PRINTED)]
Cursor = Annotated[str, Query(max_length=80, pattern=_PRINTED, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PRINTED)]
Text = Annotated[str, StringConstraints(max_length=200)]


def as_moment(moment: object) -> object:
    """A bare number is no moment here, though pydantic would take it for seconds."""
    if isinstance(moment, str) and "-" not in moment[1:]:
        raise ValueError("a moment in ISO 8601 with its offset")
    return moment


def _said(description: str) -> dict[str, Any]:
    return {"model": Problem, "description": description}


REFUSALS: dict[int | str, dict[str, Any]] = {
    401: _said("No key, or not a valid one."),
    403: _said("The key lacks the right that is named."),
    404: _said("There is nothing of that name in sight of the key's owner."),
    422: _said("Something is not valid; `field` names it."),
    429: _said("Too many calls; see `Retry-After`."),
    503: _said("The database cannot take this now, or the hub is read-only; see `Retry-After`."),
}
WRITE_REFUSALS = REFUSALS | {
    409: _said("A rule of the business refuses it, which `code` names; or the `Idempotency-Key` was used otherwise."),
    413: _said("More than 1 MB."),
    415: _said("Not `application/json`."),
}
