"""Which anomalies does this tab look at, and which of them is being resolved?"""

from collections.abc import Mapping
from dataclasses import dataclass

import reflex as rx
import structlog
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.anomaly import resolve_by_hand
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.ui import live
from orderhub.ui.anomaly_view import AnomaliesView, anomalies_view
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.telling import Telling

_GAP_SECONDS = 1.0


@dataclass(frozen=True)
class AnomalyQuery:
    kind: AnomalyKind | None
    is_resolved: bool
    before: int


class Anomalies(Telling, rx.State):
    """``resolving`` is the id of the anomaly whose reason is being asked for."""

    view: AnomaliesView = AnomaliesView()
    resolving: str = ""
    is_loaded: bool = False
    has_failed: bool = False

    @rx.event
    @needs(Permission.ANOMALY_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.ANOMALY_RESOLVE)
    def ask(self, anomaly_id: str) -> None:
        self.resolving = "" if self.resolving == anomaly_id else anomaly_id

    @rx.event
    @needs(Permission.ANOMALY_RESOLVE)
    async def resolve(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            anomaly_id, reason = number_of(form.get("id", "")), form.get("reason", "")
            resolve_by_hand(session, anomaly_id, reason=reason, by=user.name, now=utc_now())

        if await self._try(Permission.ANOMALY_RESOLVE, change, done="resolved"):
            self.resolving = ""
            await self._read()

    async def _read(self) -> None:
        query = _query(self.router.url.query_parameters)
        seen = live.revision()
        try:
            self.view = (await off_loop(load_anomalies, query))["view"]
        except Exception:  # noqa: BLE001  (the page says so and offers to try again)
            structlog.get_logger().exception("anomalies_not_read")
            self.has_failed = True
            return
        self.is_loaded, self.has_failed = True, False
        await live.show(self, "anomalies", anomalies_scene(query), seen=seen)


def anomalies_scene(query: AnomalyQuery) -> Scene:
    def load() -> Vars:
        return load_anomalies(query)

    state = Anomalies.get_full_name()
    return Scene(f"anomalies {query}", state, Permission.ANOMALY_READ, load, gap_seconds=_GAP_SECONDS)


def load_anomalies(query: AnomalyQuery) -> Vars:
    with reading() as session:
        view = anomalies_view(session, utc_now(), kind=query.kind, is_resolved=query.is_resolved, before=query.before)
    return {"view": view}


def _query(given: Mapping[str, str]) -> AnomalyQuery:
    """What a link asks for; what it cannot mean is left out."""
    kind = given.get("kind", "")
    return AnomalyQuery(
        kind=AnomalyKind(kind) if kind in list(AnomalyKind) else None,
        is_resolved=given.get("resolved") == "1",
        before=number_of(given.get("before", "")),
    )
