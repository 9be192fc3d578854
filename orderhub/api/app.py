"""One FastAPI application with every route that is not a page."""

from pathlib import Path

import fastapi_offline
from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from orderhub.access.doors import open_to_strangers
from orderhub.api import health, push, route_push, tracking
from orderhub.api.described import Nothing, describe
from orderhub.api.lean import LeanApi
from orderhub.api.problems import add_problems
from orderhub.api.rates import Rates
from orderhub.api.v1 import aftersale, anomaly, delivery, order, order_post, purchase, report, shipment, stock, supplier

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>OrderHub API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/api/docs/static/swagger-ui.css"><link rel="icon" href="/favicon.ico"></head>
<body><div id="swagger-ui"></div><script src="/api/docs/static/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script></body></html>"""
_START = 'SwaggerUIBundle({url: "/api/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null});'


def create_api() -> LeanApi:
    """Routes under ``/api``; its documents are served from here, never from another host."""
    api = LeanApi(
        {("POST", "/api/v1/orders"): order_post.post_leanly},
        title="OrderHub",
        version="1",
        description="Every channel's orders in one place. Refusals are RFC 9457 problem details with a stable `code`.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    api.state.rates = Rates()
    add_problems(api)
    resources = (order_post, order, delivery, shipment, stock, aftersale, anomaly, supplier, purchase, report)
    for part in (health, push, route_push, tracking, *resources):
        api.include_router(part.router)
    static = Path(fastapi_offline.__file__).parent / "static"
    api.mount("/api/docs/static", StaticFiles(directory=static), name="api-docs")
    for path, document in (("docs", _docs), ("docs/start.js", _start), ("openapi.json", _schema)):
        api.add_api_route(f"/api/{path}", document, include_in_schema=False)
    api.mount("/api", Nothing(api))
    return api


@open_to_strangers("describes the API, holds nothing of this merchant")
async def _docs() -> HTMLResponse:
    return HTMLResponse(_PAGE)


@open_to_strangers("describes the API, holds nothing of this merchant")
async def _start() -> Response:
    return Response(_START, media_type="text/javascript")


@open_to_strangers("describes the API, holds nothing of this merchant")
async def _schema(request: Request) -> JSONResponse:
    return JSONResponse(describe(request.app))
