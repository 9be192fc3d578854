"""Where do the faces meet? Reflex pages and the HTTP API in one server, with what runs behind them."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator
from functools import cache

import reflex as rx
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.types import ASGIApp, Receive, Scope, Send

import orderhub.tables  # noqa: F401  (whose the rows are)
from jobs.clockwork import Clockwork
from orderhub.access.sessions import told_of_use
from orderhub.api.app import create_api
from orderhub.api.lean import LeanApi
from orderhub.automation.service import AutomationService
from orderhub.connectors.oidc import OidcSignIn, Provider
from orderhub.demo import keep_asking_for_pushes
from orderhub.domain.presence import note_presence
from orderhub.intake.level_following import LevelService
from orderhub.intake.level_keeping import Keeper
from orderhub.intake.service import IntakeService
from orderhub.kernel.audit_service import AuditService
from orderhub.kernel.db import close_database, database
from orderhub.kernel.logs import set_up_logs
from orderhub.kernel.settings import settings
from orderhub.ui import (
    access_review_forms,
    account_forms,
    audit_download,
    authorising_forms,
    closure_forms,
    forecast_forms,
    freight_forms,
    import_forms,
    interception_forms,
    live,
    notifier_forms,
    order_download,
    pages,
    photo_forms,
    purchase_forms,
    replenishment_forms,
    report_download,
    robot_forms,
    rollout_forms,
    rule_files,
    service_forms,
    settlement_download,
    settlement_forms,
    stock_forms,
    stress_files,
    supplier_forms,
    tracker_forms,
    warehouse_forms,
    waybill_forms,
    webhook_forms,
)
from orderhub.ui.gate import install
from orderhub.ui.headers import Shield
from orderhub.ui.login import routes as login_routes
from orderhub.ui.oidc_login import BACK as OIDC_BACK
from orderhub.ui.oidc_login import routes as oidc_routes
from orderhub.ui.prove import routes as prove_routes
from orderhub.ui.theme import app_options

# Threads that parse and accept orders share the interpreter with the loop that answers people: hand it over soon.
_SWITCH_SECONDS = 0.001
# A flood leaves hundreds of requests half done: looked at every 700 new objects, each is looked at many times over.
_COLLECTED_EVERY = 10_000


@contextlib.asynccontextmanager
async def _behind() -> AsyncIterator[None]:
    """What runs as long as the server does: live wire, the inbox's consumers, workflows, clock, the audit's seal."""
    set_up_logs(settings().log_level)
    sys.setswitchinterval(_SWITCH_SECONDS)
    intake = IntakeService()
    automation = AutomationService()
    levels = LevelService()
    clock = Clockwork(beat=Keeper().beat)
    audit = AuditService()
    await live.start(app, database())
    levels.start()
    intake.start()
    automation.start()
    audit.start()
    if settings().clock:
        await clock.start()
    pushes = asyncio.create_task(keep_asking_for_pushes()) if settings().demo else None
    _keep_what_stays()
    try:
        yield
    finally:
        if pushes:
            pushes.cancel()
        await clock.stop()
        automation.stop()
        intake.stop()
        audit.stop()
        levels.stop()
        await live.stop()
        close_database()


@cache
def _provider() -> OidcSignIn:
    known = settings()
    secret, callback = known.oidc_client_secret.get_secret_value(), f"{known.origin}{OIDC_BACK}"
    return OidcSignIn(Provider(known.oidc_issuer, known.oidc_client_id, secret, callback))


def _keep_what_stays() -> None:
    """Code, pages and tables stay until the end: the collector need not look at all of it again and again.

    A full collection of it stops every thread for a fifth of a second, several times a minute under load.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECTED_EVERY)


def _web() -> LeanApi:
    api = create_api()
    forms = (
        access_review_forms,
        account_forms,
        audit_download,
        authorising_forms,
        closure_forms,
        freight_forms,
        import_forms,
        photo_forms,
        notifier_forms,
        order_download,
        purchase_forms,
        replenishment_forms,
        report_download,
        robot_forms,
        webhook_forms,
        rollout_forms,
        rule_files,
        service_forms,
        interception_forms,
        settlement_download,
        settlement_forms,
        stock_forms,
        forecast_forms,
        stress_files,
        supplier_forms,
        tracker_forms,
        warehouse_forms,
        waybill_forms,
    )
    api.router.routes[:0] = [
        *login_routes,
        *oidc_routes(_provider),
        *prove_routes,
        *(route for form in forms for route in form.routes),
    ]
    return api


class Hub(rx.App):
    """The shield stands around Reflex's outermost layer, which answers preflights and what it cannot route itself.

    What the API answers leanly passes Reflex by.
    """

    def __call__(self) -> ASGIApp:
        shielded = Shield(_lean_first(_api, super().__call__()))
        trusted = settings().trusted_proxies
        return wrap_asgi_with_proxy_headers(shielded, trusted_hosts=trusted) if trusted else shielded


def _lean_first(api: LeanApi, others: ASGIApp) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await (api if api.is_lean(scope) else others)(scope, receive, send)

    return answer


_api = _web()
app = Hub(api_transformer=[_api], **app_options())
install(app)
told_of_use.append(note_presence)
app.register_lifespan_task(_behind)
pages.register(app)
