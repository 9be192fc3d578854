"""Where do the faces meet? Reflex pages and the HTTP API in one server, with what runs behind them."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import reflex as rx
from granian.utils.proxies import wrap_asgi_with_proxy_headers

import orderhub.tables  # noqa: F401  (whose the rows are)
from jobs.clockwork import Clockwork
from orderhub.access.sessions import told_of_use
from orderhub.api.app import create_api
from orderhub.automation.service import AutomationService
from orderhub.demo import keep_asking_for_pushes
from orderhub.domain.presence import note_presence
from orderhub.intake.service import IntakeService
from orderhub.kernel.db import close_database, database
from orderhub.kernel.logs import set_up_logs
from orderhub.kernel.settings import settings
from orderhub.ui import (
    account_forms,
    authorising_forms,
    closure_forms,
    freight_forms,
    import_forms,
    interception_forms,
    live,
    notifier_forms,
    pages,
    photo_forms,
    robot_forms,
    rollout_forms,
    rule_files,
    service_forms,
    settlement_download,
    settlement_forms,
    stock_forms,
    tracker_forms,
    warehouse_forms,
    waybill_forms,
)
from orderhub.ui.gate import install
from orderhub.ui.headers import Shield
from orderhub.ui.login import routes as login_routes
from orderhub.ui.theme import app_options

# Threads that parse and accept orders share the interpreter with the loop that answers people: hand it over soon.
_SWITCH_SECONDS = 0.001


@contextlib.asynccontextmanager
async def _behind() -> AsyncIterator[None]:
    """What runs as long as the server does: the live wire, the inbox's consumers, the workflows, the clock."""
    set_up_logs(settings().log_level)
    sys.setswitchinterval(_SWITCH_SECONDS)
    intake = IntakeService()
    automation = AutomationService()
    clock = Clockwork()
    await live.start(app, database())
    intake.start()
    automation.start()
    if settings().clock:
        await clock.start()
    pushes = asyncio.create_task(keep_asking_for_pushes()) if settings().demo else None
    try:
        yield
    finally:
        if pushes:
            pushes.cancel()
        await clock.stop()
        automation.stop()
        intake.stop()
        await live.stop()
        close_database()


def _web():
    api = create_api()
    forms = (
        account_forms,
        authorising_forms,
        closure_forms,
        freight_forms,
        import_forms,
        photo_forms,
        notifier_forms,
        robot_forms,
        rollout_forms,
        rule_files,
        service_forms,
        interception_forms,
        settlement_download,
        settlement_forms,
        stock_forms,
        tracker_forms,
        warehouse_forms,
        waybill_forms,
    )
    api.router.routes[:0] = [*login_routes, *(route for form in forms for route in form.routes)]
    return api


app = rx.App(
    api_transformer=[
        _web(),
        Shield,
        lambda inner: wrap_asgi_with_proxy_headers(inner, trusted_hosts=settings().trusted_proxies),
    ],
    **app_options(),
)
install(app)
told_of_use.append(note_presence)
app.register_lifespan_task(_behind)
pages.register(app)
