"""When was the chain last proved, by whom, how far is it, and what came of it?"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import structlog
from sqlmodel import Field, Session, SQLModel, col, select, update

from orderhub.kernel.audit_proof import AuditProof, prove_audit
from orderhub.kernel.clock import utc_now
from orderhub.kernel.columns import BigId, Json, Moment, own_id
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import AuditBroken
from orderhub.kernel.eventlog import SYSTEM, Happening, record

_TELL_EVERY_SECONDS = 1.0
GIVEN_UP = timedelta(minutes=2)  # a run that has not told how far it is for so long has died


class AuditRun(SQLModel, table=True):
    """``done`` of ``total`` rows were looked at when it last told, at ``told_at``; ``findings`` is what is broken."""

    __tablename__ = "audit_run"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    started_at: datetime = Field(sa_type=Moment)
    told_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    done: int = Field(default=0, sa_type=BigId)
    total: int = Field(default=0, sa_type=BigId)
    blocks: int = Field(default=0, sa_type=BigId)
    head: str = Field(default="", max_length=64)
    findings: list[str] = Field(default_factory=list, sa_type=Json)

    def is_running(self, now: datetime) -> bool:
        return self.ended_at is None and now - self.told_at < GIVEN_UP


@dataclass(frozen=True)
class AuditProved(Happening):
    """``findings`` counts what is broken; which, the run says."""

    subject_type: ClassVar[str] = "audit_run"
    rows: int
    blocks: int
    findings: int


def prove_now(now: datetime) -> str:
    """The job of every night, and of whoever asks for it.

    Raises:
        AuditBroken: so that the clock's page and its watchers say so.
    """
    with transaction() as session:
        run = AuditRun(started_at=now, told_at=now)
        session.add(run)
        session.flush()
        run_id = run.id
    proof = prove_audit(now, _Teller(run_id))
    _end(run_id, proof)
    structlog.get_logger().info("audit_head", head=proof.head, rows=proof.rows, findings=len(proof.findings))
    if not proof.is_sound:
        raise AuditBroken(proof.findings[0])
    return f"{proof.rows} rows in {proof.blocks} blocks"


def last_run(session: Session) -> AuditRun | None:
    return session.exec(select(AuditRun).order_by(col(AuditRun.id).desc()).limit(1)).one_or_none()


class _Teller:
    """Writes how far it is, once a second at most."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._told < _TELL_EVERY_SECONDS:
            return
        self._told = time.monotonic()
        with transaction() as session:
            told = update(AuditRun).where(col(AuditRun.id) == self._run_id)
            session.exec(told.values(done=done, total=total, told_at=utc_now()))


def _end(run_id: int, proof: AuditProof) -> None:
    now = utc_now()
    with transaction() as session:
        run = session.get_one(AuditRun, run_id)
        run.ended_at = run.told_at = now
        run.done = run.total = proof.rows
        run.blocks, run.head, run.findings = proof.blocks, proof.head, proof.findings
        session.add(run)
        record(session, AuditProved(run_id, proof.rows, proof.blocks, len(proof.findings)), actor=SYSTEM, now=now)
