"""Is the hub alive, is it ready, and how is it doing? For probes and Prometheus."""

import ipaddress
import os
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, ProcessCollector, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from orderhub.access.doors import open_to_strangers
from orderhub.api.problems import Problem, problem
from orderhub.automation.outbox import OutboxState, counts
from orderhub.insights.health import Figures, figures
from orderhub.intake.broker_service import at_broker
from orderhub.intake.hub_level import PressureSample, samples_since
from orderhub.intake.inbox import Depth, depth
from orderhub.intake.meters import METERS
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import database, reading
from orderhub.kernel.errors import NotAllowed
from orderhub.kernel.level import felt
from orderhub.kernel.settings import settings

router = APIRouter(prefix="/api", tags=["health"])


@router.get("/healthz", openapi_extra={"security": []})
@open_to_strangers("a probe has no login, and learns that the process answers")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": Problem}}, openapi_extra={"security": []})
@open_to_strangers("a probe has no login, and learns whether the hub may be sent work")
def readyz() -> JSONResponse:
    """The database answers and is migrated; 503 says which is not so."""
    try:
        with reading() as session:
            session.execute(text("SELECT id FROM orders LIMIT 1"))
    except SQLAlchemyError:
        return problem(503, "database", "the database does not answer or is not migrated: run `orderhub migrate`")
    return JSONResponse({"status": "ok"})


@router.get(
    "/metrics", response_class=PlainTextResponse, responses={403: {"model": Problem}}, openapi_extra={"security": []}
)
@open_to_strangers("a token of its own, or this machine only")
def metrics(request: Request) -> Response:
    """Prometheus text. With ``ORDERHUB_METRICS_TOKEN`` as bearer token, or from this machine when none is set."""
    _check_scraper(request)
    now = utc_now()
    with reading() as session:
        found, queue, uploads = figures(session, now), depth(session), counts(session, _UPLOADS)
        samples = samples_since(session, now - _STILL_TRUE)
    said = _text(found, queue, uploads, now) + _pressure_text(samples) + generate_latest(METERS)
    return Response(said, media_type=CONTENT_TYPE_LATEST)


def _check_scraper(request: Request) -> None:
    token = settings().metrics_token.get_secret_value()
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if secrets.compare_digest(given.encode(), token.encode()):
            return
    elif request.client and _is_this_machine(request.client.host):
        return
    raise NotAllowed("metrics need the bearer token of ORDERHUB_METRICS_TOKEN")


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:  # what a proxy forwards is whatever it was told
        return False


def _age(moment: datetime | None, now: datetime) -> float:
    return (now - moment).total_seconds() if moment else 0.0


_STILL_TRUE = timedelta(minutes=1)
_UPLOADS = (OutboxState.WAITING, OutboxState.SENDING, OutboxState.REFUSED)


def _text(found: Figures, queue: Depth, uploads: dict[OutboxState, int], now: datetime) -> bytes:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    orders = Gauge("orderhub_orders", "Orders by status.", ["status"], registry=registry)
    for status, count in found.orders.items():
        orders.labels(status).set(count)
    anomalies = Gauge("orderhub_anomalies_open", "Open anomalies by kind.", ["kind"], registry=registry)
    for kind, count in found.anomalies.items():
        anomalies.labels(kind).set(count)
    for name, said, value in (
        ("waiting", "Messages that wait to be taken.", queue.waiting),
        ("dead", "Messages that failed and wait for a person.", queue.dead),
        ("oldest_seconds", "How long the oldest waiting message has waited.", _age(queue.oldest_at, now)),
    ):
        Gauge(f"orderhub_inbox_{name}", said, registry=registry).set(value)
    said = "Messages at the broker, as this process saw it last."
    Gauge("orderhub_broker_waiting", said, registry=registry).set(at_broker().waiting)
    outbox = Gauge("orderhub_outbox", "Messages to channels by state.", ["state"], registry=registry)
    for state in _UPLOADS:
        outbox.labels(state).set(uploads.get(state, 0))
    lag = Gauge("orderhub_sync_age_seconds", "Since the last good sync.", ["shop", "kind"], registry=registry)
    for (shop, kind), seconds in found.sync_age_seconds.items():
        lag.labels(shop, kind).set(seconds)
    return generate_latest(registry)


def _pressure_text(samples: Sequence[PressureSample]) -> bytes:
    """What the leader measured last; nothing of a sensor that was not read lately."""
    registry, known = CollectorRegistry(), settings()
    labels = {
        "database": "sqlite" if database().embedded else "postgresql",
        "demo": str(known.demo).lower(),
        "workers": str(known.workers),
        "cores": str(os.cpu_count() or 1),
    }
    Gauge("orderhub_info", "How this hub is set up.", [*labels], registry=registry).labels(**labels).set(1)
    level = Gauge("orderhub_level", "1 normal, 2 throttled, 3 read-only.", registry=registry)
    level.set(felt().level.number)
    for sample in samples[-1:]:
        for name, said, value in (
            ("cpu_percent", "Of all cores of the machine.", sample.cpu),
            ("database_seconds", "A durable write of nothing, with the wait for its turn.", sample.database_ms / 1000),
            ("disk_free_ratio", "What is free where the data lies.", sample.disk_free),
        ):
            if value is not None:
                Gauge(f"orderhub_{name}", said, registry=registry).set(value)
    return generate_latest(registry)
