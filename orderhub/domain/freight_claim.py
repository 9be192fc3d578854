"""What do we ask back from a carrier, and what came of it? 索赔; what it gives back is a row of its own."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel, select

from orderhub.domain.freight import OURS_TO_ASK
from orderhub.domain.freight_bill import FreightCheck, FreightLine
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.lifecycle import Lifecycle
from orderhub.kernel.sight import find

_STANDING = text("status <> 'refused'")
_MOST_AT_ONCE = 200


class ClaimStatus(StrEnum):
    CLAIMED = "claimed"  # 已提出
    ACCEPTED = "accepted"  # 已认可
    REFUSED = "refused"  # 已拒绝
    CREDITED = "credited"  # 已退款


LIFECYCLE = Lifecycle(
    ClaimStatus.CLAIMED,
    {
        ClaimStatus.CLAIMED: {ClaimStatus.ACCEPTED, ClaimStatus.REFUSED},
        ClaimStatus.ACCEPTED: {ClaimStatus.CREDITED, ClaimStatus.REFUSED},
        ClaimStatus.REFUSED: set(),
        ClaimStatus.CREDITED: set(),
    },
)


class FreightClaim(SQLModel, table=True):
    """``claimed_fen`` is asked for, ``accepted_fen`` what the carrier agrees to. One stands for a line; after a refusal
    it may be asked again."""

    __tablename__ = "freight_claim"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("uq_freight_claim_standing", "line_id", unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING),
        Index("ix_freight_claim_status", "status", "id"),
    )

    id: int = own_id()
    line_id: int = Field(foreign_key="freight_line.id", sa_type=BigId)
    status: ClaimStatus = Field(default=ClaimStatus.CLAIMED, sa_type=word(ClaimStatus))
    claimed_fen: int = Field(sa_type=BigId)
    accepted_fen: int = Field(default=0, sa_type=BigId)
    note: str = Field(default="", max_length=200)
    answer: str = Field(default="", max_length=200)
    claimed_at: datetime = Field(sa_type=Moment)
    claimed_by: str = Field(max_length=64)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    answered_by: str = Field(default="", max_length=64)


class FreightCredit(SQLModel, table=True):
    """Money that a carrier gave back for a claim; the bill stays as it was."""

    __tablename__ = "freight_credit"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    claim_id: int = Field(foreign_key="freight_claim.id", sa_type=BigId, unique=True)
    amount_fen: int = Field(sa_type=BigId)
    note: str = Field(default="", max_length=200)
    credited_at: datetime = Field(sa_type=Moment)
    credited_by: str = Field(max_length=64)


class NothingToClaim(RuleBroken):
    code = "nothing_to_claim"


class ClaimedAlready(RuleBroken):
    code = "claimed_already"


@dataclass(frozen=True)
class ClaimEvent(Happening):
    subject_type: ClassVar[str] = "freight_claim"


@dataclass(frozen=True)
class FreightClaimed(ClaimEvent):
    line_id: int
    amount_fen: int


@dataclass(frozen=True)
class FreightClaimAnswered(ClaimEvent):
    status: str
    amount_fen: int


@dataclass(frozen=True)
class FreightCredited(ClaimEvent):
    credit_id: int
    amount_fen: int


def claim(
    session: Session, line_id: int, *, by: str, now: datetime, amount_fen: int | None = None, note: str = ""
) -> FreightClaim:
    """Ask ``amount_fen`` back, or all that the line is above what we expect.

    Raises:
        NotFound: there is no such line.
        NothingToClaim: it agrees, or has no price to be measured by.
        ClaimedAlready: a claim for it stands.
        BadInput: nothing, or more than was charged.
    """
    line = find(session, FreightLine, line_id, lock=True)
    check = session.get(FreightCheck, line_id) if line else None
    if line is None or check is None:
        raise NotFound(f"no line of a freight bill has the id {line_id}")
    if check.cause not in OURS_TO_ASK or check.gap_fen <= 0:
        raise NothingToClaim(f"{line.tracking_no}: it is {check.cause}")
    standing = select(FreightClaim.id).where(
        FreightClaim.line_id == line_id, FreightClaim.status != ClaimStatus.REFUSED
    )
    if session.exec(standing).first():
        raise ClaimedAlready(f"{line.tracking_no}: it is claimed already")
    asked = check.gap_fen if amount_fen is None else amount_fen
    _check_amount(asked, line.charged_fen)
    said = clean_text(note, most=200, field="note")
    made = FreightClaim(line_id=line_id, claimed_fen=asked, note=said, claimed_at=now, claimed_by=by)
    session.add(made)
    session.flush()
    record(session, FreightClaimed(made.id, line_id, asked), actor=by, now=now)
    return made


def claim_all(session: Session, line_ids: list[int], *, by: str, now: datetime, note: str = "") -> int:
    """Claim each of these lines that can be; returns how many. What is claimed already, or agrees by now, is passed by.

    Raises:
        BadInput: more than 200 at once.
    """
    if len(line_ids) > _MOST_AT_ONCE:
        raise BadInput(f"claims: {len(line_ids)}, at most {_MOST_AT_ONCE}", field="claims", problem="freight_too_many")
    made = 0
    for line_id in sorted(set(line_ids)):
        try:
            claim(session, line_id, by=by, now=now, note=note)
        except (NothingToClaim, ClaimedAlready):
            continue
        made += 1
    return made


def answer(
    session: Session,
    claim_id: int,
    status: ClaimStatus,
    *,
    by: str,
    now: datetime,
    accepted_fen: int | None = None,
    note: str = "",
) -> FreightClaim:
    """What the carrier said: it accepts (all of it, or ``accepted_fen``) or refuses, which needs its reason.

    Raises:
        NotFound: there is no such claim.
        IllegalMove: it has been answered.
        BadInput: no reason, or no amount that can be.
    """
    standing = _claim_of(session, claim_id)
    LIFECYCLE.check(standing.status, status)
    said = clean_text(note, most=200, field="note")
    if status is ClaimStatus.CREDITED:
        raise BadInput("claim: what was given back is a row of its own", field="status", problem="freight_answer")
    if status is ClaimStatus.REFUSED and not said:
        raise BadInput("note: say why it was refused", field="note", problem="freight_reason")
    fen = 0
    if status is ClaimStatus.ACCEPTED:
        fen = standing.claimed_fen if accepted_fen is None else accepted_fen
        _check_amount(fen, standing.claimed_fen)
    standing.status, standing.accepted_fen, standing.answer = status, fen, said
    standing.answered_at, standing.answered_by = now, by
    session.add(standing)
    record(session, FreightClaimAnswered(claim_id, status, fen), actor=by, now=now)
    return standing


def credit(session: Session, claim_id: int, *, by: str, now: datetime, note: str = "") -> FreightCredit:
    """The accepted amount has come back: a row of its own.

    Raises:
        NotFound: there is no such claim. IllegalMove: it is not accepted, or has been credited.
    """
    standing = _claim_of(session, claim_id)
    LIFECYCLE.check(standing.status, ClaimStatus.CREDITED)
    made = FreightCredit(
        claim_id=claim_id,
        amount_fen=standing.accepted_fen,
        note=clean_text(note, most=200, field="note"),
        credited_at=now,
        credited_by=by,
    )
    standing.status = ClaimStatus.CREDITED
    session.add(standing)
    session.add(made)
    session.flush()
    record(session, FreightCredited(claim_id, made.id, made.amount_fen), actor=by, now=now)
    return made


def _claim_of(session: Session, claim_id: int) -> FreightClaim:
    found = find(session, FreightClaim, claim_id, lock=True)
    if found is None:
        raise NotFound(f"no claim has the id {claim_id}")
    return found


def _check_amount(fen: int, most: int) -> None:
    if not 0 < fen <= most:
        raise BadInput(f"amount: {fen} of {most}", field="amount", problem="freight_amount")
