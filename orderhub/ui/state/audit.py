"""Which part of the log does this tab look at, which row is open, and shall the chain be proved now?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.insights.audit import audit_state
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.job_plan import ask_for
from orderhub.ui import live
from orderhub.ui.audit_view import AuditQuery, AuditView, ChainView, audit_query, audit_view, chain_view
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling

JOB = "prove_audit"


class Audit(Shown, Telling, rx.State):
    """Rows are read when the address changes; only the chain's state follows what happens."""

    view: AuditView = AuditView()
    chain: ChainView = ChainView()
    open_id: str = ""

    @rx.event
    @needs(Permission.AUDIT_READ)
    async def enter(self) -> None:
        query, seen = audit_query(self.router.url.query_parameters), live.revision()
        if await self._fill(lambda: {"view": load_audit(query)}):
            self.chain, self.open_id = self.view.chain, ""
            await live.show(self, "audit", chain_scene(), seen=seen)

    @rx.event
    @needs(Permission.AUDIT_READ)
    def toggle(self, row_id: str) -> None:
        self.open_id = "" if self.open_id == row_id else row_id

    @rx.event
    @needs(Permission.AUDIT_READ)
    async def prove(self) -> None:
        """The clock that leads begins at its next look; what it finds is a run of its own."""

        def change(session: Session, user: Signed) -> None:
            ask_for(session, JOB, by=user.name, now=utc_now())

        await self._try(Permission.AUDIT_READ, change, done="audit_asked")


def chain_scene() -> Scene:
    return Scene("audit", Audit.get_full_name(), Permission.AUDIT_READ, load_chain, gap_seconds=2.0)


def load_chain() -> Vars:
    with reading() as session:
        return {"chain": chain_view(audit_state(session), utc_now())}


def load_audit(query: AuditQuery) -> AuditView:
    with reading() as session:
        return audit_view(session, query, utc_now())
