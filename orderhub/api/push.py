"""Where do channels push to?"""

from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError

from orderhub.access.doors import open_to_strangers
from orderhub.api.body import pushed_body
from orderhub.api.problems import Problem
from orderhub.api.rates import forgeries_counted, wait_header
from orderhub.automation.track_push import take_tracker_push
from orderhub.domain.tracker_account import TrackerKind
from orderhub.domain.words import Channel
from orderhub.intake.payment import take_notice
from orderhub.intake.push import take_push
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import OrderHubError

router = APIRouter(prefix="/api/push", tags=["push"])

REFUSALS: dict[int | str, dict[str, Any]] = {
    403: {"model": Problem, "description": "The signature does not fit the body."},
    404: {"model": Problem, "description": "No such shop."},
    413: {"model": Problem, "description": "More than 1 MB."},
    429: {"model": Problem, "description": "Too many forged ones from this address, or too much waits: `Retry-After`."},
    422: {"model": Problem, "description": "Signed, but not readable."},
    503: {"model": Problem, "description": "It cannot be kept durably now; see `Retry-After`."},
}


@router.post("/douyin/{shop}", responses=REFUSALS, openapi_extra={"security": []})
@open_to_strangers("the signature over the body")
async def douyin_push(shop: str, request: Request) -> JSONResponse:
    """Take a push from Douyin: it is kept durably before it is answered.

    The signature in ``event-sign`` is the permission. Source: contracts of the open platform, section 4.6; the answer
    is ``{"code": 0, "msg": "success"}`` within 5 s.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    with forgeries_counted(request):
        raw = await pushed_body(request)
        await take_push(Channel.DOUYIN, shop, headers, raw, now=utc_now())
    return JSONResponse({"code": 0, "msg": "success"})


FAIL: dict[str, Any] = {
    "description": "Refused, as WeChat Pay wants to hear it. It sends the notice again.",
    "content": {"application/json": {"example": {"code": "FAIL", "message": "失败"}}},
}


@router.post(
    "/wechat-pay/{shop}",
    status_code=204,
    response_class=Response,
    responses={403: FAIL, 404: FAIL, 413: FAIL, 429: FAIL, 503: FAIL},
    openapi_extra={"security": []},
)
@open_to_strangers("the signature of WeChat Pay over the body")
async def wechat_pay_notice(shop: str, request: Request) -> Response:
    """Take a notice of WeChat Pay: kept durably before it is answered, opened afterwards.

    The signature in ``Wechatpay-Signature`` is the permission. Source: contracts/services, section 1; success is 204
    within 5 s, anything else is sent again for a day.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        with forgeries_counted(request):
            raw = await pushed_body(request)
            await take_notice(shop, headers, raw, now=utc_now())
    except OrderHubError as error:
        return JSONResponse({"code": "FAIL", "message": error.code}, error.http_status, wait_header(error))
    except SQLAlchemyError as error:
        structlog.get_logger().error("notice_not_kept", error=type(error).__name__)
        return JSONResponse({"code": "FAIL", "message": "database"}, 503)
    return Response(status_code=204)


REFUSED = {"result": False, "returnCode": "500", "message": "失败"}
NOT_TAKEN: dict[str, Any] = {
    "description": "Refused, as Kuaidi100 wants to hear it. It pushes three times more.",
    "content": {"application/json": {"example": REFUSED}},
}


@router.post(
    "/kuaidi100/{account}",
    responses={403: NOT_TAKEN, 404: NOT_TAKEN, 413: NOT_TAKEN, 422: NOT_TAKEN, 429: NOT_TAKEN, 503: NOT_TAKEN},
    openapi_extra={"security": []},
)
@open_to_strangers("the signature with the account's salt over param")
async def kuaidi100_push(account: str, request: Request) -> JSONResponse:
    """Take a push of Kuaidi100: what it tells of a parcel is kept durably before it is answered.

    The form's ``sign`` is the permission. Source: contracts/services, section 3; anything but ``returnCode`` 200 is
    pushed again, 35 minutes later.
    """
    try:
        with forgeries_counted(request):
            raw = await pushed_body(request)
            await run_in_threadpool(take_tracker_push, TrackerKind.KUAIDI100, account, raw, now=utc_now())
    except OrderHubError as error:
        return JSONResponse(REFUSED, error.http_status, wait_header(error))
    except SQLAlchemyError as error:
        structlog.get_logger().error("track_not_kept", error=type(error).__name__)
        return JSONResponse(REFUSED, 503)
    return JSONResponse({"result": True, "returnCode": "200", "message": "成功"})
