"""How does the API say no? RFC 9457 problem details with a stable ``code``."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from orderhub.kernel.db import AWAY
from orderhub.kernel.errors import BadInput, OrderHubError, ReadOnly, TooMany
from orderhub.kernel.ids import new_token
from orderhub.kernel.problem import AGAIN_SECONDS, MEDIA_TYPE, problem_body

Handler = Callable[[Request, Exception], Awaitable[JSONResponse]]


class Problem(BaseModel):
    """A ``problem_body`` as the API describes it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Not Found",
                    "status": 404,
                    "code": "not_found",
                    "detail": "shop 'tb-flagship' has no order '404'",
                    "field": "",
                }
            ]
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    field: str = Field(default="")


def problem(status: int, code: str, detail: str, *, field: str = "", retry_seconds: int = 0) -> JSONResponse:
    headers = {"Retry-After": str(retry_seconds)} if retry_seconds else {}
    return JSONResponse(problem_body(status, code, detail, field=field), status, headers, media_type=MEDIA_TYPE)


def add_problems(app: FastAPI) -> None:
    """Every way out of the API that is not an answer becomes a problem document, without a trace in it."""
    app.add_exception_handler(OrderHubError, _ours)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _plain)
    for away in AWAY:
        app.add_exception_handler(away, _no_database)
    app.add_exception_handler(Exception, _unexpected)


async def as_problem(request: Request, error: Exception) -> JSONResponse:
    """As ``add_problems`` would have it answered."""
    if isinstance(error, AWAY):
        return await _no_database(request, error)
    return await (_ours if isinstance(error, OrderHubError) else _unexpected)(request, error)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OrderHubError)  # noqa: S101
    code = error.problem if isinstance(error, BadInput) else error.code
    field = error.field if isinstance(error, BadInput) else ""
    wait = int(error.retry_after.total_seconds()) + 1 if isinstance(error, TooMany | ReadOnly) else 0
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, ReadOnly):
        said = "the hub cannot do this now: try again later"
        return problem(error.http_status, error.code, said, retry_seconds=AGAIN_SECONDS)
    return problem(error.http_status, code, str(error), field=field, retry_seconds=wait)


async def _not_valid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:])
    return problem(422, "not_valid", f"{field}: {first['msg']}", field=field)


async def _plain(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    return problem(error.status_code, HTTPStatus(error.status_code).name.lower(), str(error.detail))


async def _no_database(request: Request, error: Exception) -> JSONResponse:
    """It does not answer, or has no room: nothing was kept, and whoever asked may ask again."""
    structlog.get_logger().error("api_no_database", path=request.url.path, error=type(error).__name__)
    said = "the database cannot take this now: nothing was kept, send it again"
    return problem(503, "database", said, retry_seconds=AGAIN_SECONDS)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    reference = new_token()[:8]
    structlog.get_logger().error("api_error", path=request.url.path, reference=reference, exc_info=error)
    return problem(500, "unexpected", f"something went wrong here; quote {reference} when you ask")
