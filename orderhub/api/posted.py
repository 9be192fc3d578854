"""What does a program ask to be changed? Its key first, then a body that is bounded, strict JSON and of one shape."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError

from orderhub.api.body import bounded_body
from orderhub.kernel.errors import BadInput
from orderhub.kernel.strict_json import read_json

Asked = TypeVar("Asked", bound="Posted")


class Posted(BaseModel):
    """Fields we do not know are refused: a misspelt one would silently do nothing."""

    model_config = ConfigDict(extra="forbid")


class NotJson(BadInput):
    http_status = 415


def posted(model: type[Asked]) -> Callable[[Request], Awaitable[Asked]]:
    """A dependency; it stands after the caller's, so that strangers hear only that they are strangers."""

    async def read(request: Request) -> Asked:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise NotJson("send application/json", field="Content-Type", problem="not_json_type")
        raw = await bounded_body(request)
        read_json(raw)
        try:
            return model.model_validate_json(raw, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise BadInput(f"{field}: {first['msg']}", field=field, problem="not_valid") from error

    return read


def posted_schema(model: type[Posted]) -> dict[str, Any]:
    """For a route's ``openapi_extra``."""
    schema = model.model_json_schema()
    whole = whole_schema(schema, schema.get("$defs", {}))
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": whole}}}}


def whole_schema(part: Any, named: dict[str, Any]) -> Any:
    """A JSON schema with its named parts put where they are meant: within the API's document they have no place."""
    if isinstance(part, dict):
        if (name := str(part.get("$ref", "")).rpartition("/")[2]) in named:
            return whole_schema(named[name], named)
        return {key: whole_schema(value, named) for key, value in part.items() if key != "$defs"}
    return [whole_schema(value, named) for value in part] if isinstance(part, list) else part
