"""Where do carriers push what happens to parcels?"""

import structlog
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError

from orderhub.access.doors import open_to_strangers
from orderhub.api.body import pushed_body
from orderhub.api.rates import forgeries_counted, wait_header
from orderhub.automation.route_push import take_route_push
from orderhub.connectors.trackers.sf import answer_to_push
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import OrderHubError

router = APIRouter(prefix="/api/push", tags=["push"])

_FAIL = {
    "description": "Refused, as SF wants to hear it. It pushes again.",
    "content": {"application/json": {"example": {"return_code": "1000", "return_msg": "失败"}}},
}


@router.post(
    "/sf/{account}/{mark}",
    response_class=Response,
    responses={403: _FAIL, 413: _FAIL, 422: _FAIL, 429: _FAIL, 503: _FAIL},
    openapi_extra={"security": []},
)
@open_to_strangers("the part of the address that only this installation can make up")
async def sf_route_push(account: str, mark: str, request: Request) -> Response:
    """Take a route push of SF Express, as JSON or as the older form: taken before it is answered.

    Source: contracts/services, section 2; at most 10 rows, only what is new, pushed again unless answered well.
    """
    content_type = request.headers.get("content-type", "")
    try:
        with forgeries_counted(request):
            raw = await pushed_body(request)
            await run_in_threadpool(take_route_push, account, mark, raw, content_type, now=utc_now())
    except OrderHubError as error:
        return _answer(content_type, error.http_status, wait_header(error), is_taken=False)
    except SQLAlchemyError as error:
        structlog.get_logger().error("route_push_not_taken", error=type(error).__name__)
        return _answer(content_type, 503, is_taken=False)
    return _answer(content_type, 200, is_taken=True)


def _answer(content_type: str, status: int, headers: dict[str, str] | None = None, *, is_taken: bool) -> Response:
    text, media_type = answer_to_push(content_type, is_taken=is_taken)
    return Response(text, status, headers, media_type=media_type)
