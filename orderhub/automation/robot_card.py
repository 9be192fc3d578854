"""Which incidents share a card? Those of a kind that come within seconds; each incident is told once to a chat.

A chat's cards cannot be changed once they are said. So a card waits a little and gathers, is closed in the moment it is
sent, and what happens later to an incident is a card of its own that names the first one.
"""

from datetime import datetime, timedelta

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, delete, func, select

from orderhub.automation.addressee import robot_addressee
from orderhub.automation.outbox import OutboxKind, OutboxMessage, OutboxState, owe
from orderhub.domain.incident import Incident
from orderhub.domain.staff_notice import NoticeStage
from orderhub.kernel.columns import BigId, Moment, own_id, word

GATHERS = timedelta(seconds=20)
# Of one kind a chat hears at most once a minute, however many there are.
APART = timedelta(seconds=60)
KEEP = timedelta(days=90)

_OPENING = (NoticeStage.OPENED, NoticeStage.REOPENED)


class RobotCard(SQLModel, table=True):
    """``kind`` is the incidents'; ``closed_at`` is when it was sent first: nothing is added to it any more."""

    __tablename__ = "robot_card"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_robot_card_open", "robot_id", "subject_type", "kind", "stage", "closed_at"),)

    id: int = own_id()
    robot_id: int = Field(sa_type=BigId)
    subject_type: str = Field(max_length=32)
    kind: str = Field(max_length=32)
    stage: NoticeStage = Field(sa_type=word(NoticeStage))
    due_at: datetime = Field(sa_type=Moment)
    opened_at: datetime = Field(sa_type=Moment, index=True)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def number(self) -> str:
        """What people in the chat know it by."""
        return f"K{self.id}"


class RobotCardItem(SQLModel, table=True):
    """An incident on a card; the same event is told a chat once, however often it is read."""

    __tablename__ = "robot_card_item"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("robot_id", "event_id"),
        Index("ix_robot_card_item_subject", "robot_id", "subject_type", "subject_id"),
        Index("ix_robot_card_item_card", "card_id"),
    )

    id: int = own_id()
    card_id: int = Field(sa_type=BigId)
    robot_id: int = Field(sa_type=BigId)
    subject_type: str = Field(max_length=32)
    subject_id: int = Field(sa_type=BigId)
    event_id: int = Field(sa_type=BigId)


def gather(
    session: Session,
    robot_id: int,
    incident: Incident,
    stage: NoticeStage,
    *,
    event_id: int,
    not_before: datetime,
    now: datetime,
) -> bool:
    """Put it on the card of its kind that waits for this chat, or on a new one; False where it is on one already."""
    told = select(RobotCardItem.id).where(RobotCardItem.robot_id == robot_id, RobotCardItem.event_id == event_id)
    if session.exec(told).first() is not None:
        return False
    due_at = max(not_before, now + GATHERS)
    card = _waiting(session, robot_id, incident, stage, due_at)
    if card is None:
        card = _new(session, robot_id, incident, stage, due_at=due_at, now=now)
    item = RobotCardItem(
        card_id=card.id,
        robot_id=robot_id,
        subject_type=incident.subject,
        subject_id=incident.id,
        event_id=event_id,
    )
    session.add(item)
    session.flush()
    return True


def first_card(session: Session, robot_id: int, subject_type: str, subject_id: int) -> RobotCard | None:
    """The card by which this chat heard of the incident first; None where it has not, though one may wait."""
    wanted = select(RobotCard).join(RobotCardItem, col(RobotCardItem.card_id) == RobotCard.id)
    of_it = wanted.where(
        RobotCardItem.robot_id == robot_id,
        RobotCardItem.subject_type == subject_type,
        RobotCardItem.subject_id == subject_id,
        col(RobotCard.closed_at).is_not(None),
    )
    return session.exec(of_it.order_by(col(RobotCard.id)).limit(1)).first()


def waits(session: Session, robot_id: int, incident: Incident) -> bool:
    """The chat is about to hear of it, as it stands when its card is sent."""
    return bool(_waiting_items(session, robot_id, incident))


def withdraw(session: Session, robot_id: int, incident: Incident) -> bool:
    """It is over before its chat heard of it: nothing is said. False where nothing waited."""
    items = _waiting_items(session, robot_id, incident)
    for item in items:
        session.delete(item)
    return bool(items)


def close_card(session: Session, card_id: int, now: datetime) -> RobotCard:
    """From now on it is what it is; safe to repeat."""
    card = session.get_one(RobotCard, card_id, with_for_update=True, populate_existing=True)
    card.closed_at = card.closed_at or now
    session.add(card)
    return card


def empty_card(session: Session, card_id: int, now: datetime) -> None:
    """It is not said: nothing stands on it, and nothing is added to it."""
    if session.get(RobotCard, card_id):
        session.exec(delete(RobotCardItem).where(col(RobotCardItem.card_id) == card_id))
        close_card(session, card_id, now)


def items_of(session: Session, card_id: int) -> list[RobotCardItem]:
    wanted = select(RobotCardItem).where(RobotCardItem.card_id == card_id)
    return list(session.exec(wanted.order_by(col(RobotCardItem.id))))


def forget_old(session: Session, now: datetime) -> int:
    """Delete cards of long ago; returns how many."""
    old = select(col(RobotCard.id)).where(col(RobotCard.opened_at) < now - KEEP)
    session.exec(delete(RobotCardItem).where(col(RobotCardItem.card_id).in_(old)))
    return session.exec(delete(RobotCard).where(col(RobotCard.opened_at) < now - KEEP)).rowcount


def _waiting(
    session: Session, robot_id: int, incident: Incident, stage: NoticeStage, due_at: datetime
) -> RobotCard | None:
    """One that is sent no later than the incident may be told (another may wait for the end of quiet hours)."""
    wanted = _of_kind(robot_id, incident, stage).where(
        col(RobotCard.closed_at).is_(None), col(RobotCard.due_at) <= due_at + APART
    )
    found = session.exec(wanted.order_by(col(RobotCard.id)).limit(1).with_for_update()).first()
    return found if found and _goes(session, found) else None


def _new(
    session: Session, robot_id: int, incident: Incident, stage: NoticeStage, *, due_at: datetime, now: datetime
) -> RobotCard:
    said = _of_kind(robot_id, incident, stage).where(col(RobotCard.closed_at).is_not(None))
    last_at = session.exec(said.with_only_columns(func.max(RobotCard.closed_at))).one()  # pyright: ignore[reportCallIssue, reportArgumentType]
    card = RobotCard(
        robot_id=robot_id,
        subject_type=incident.subject,
        kind=incident.kind,
        stage=stage,
        due_at=max(due_at, last_at + APART) if last_at else due_at,
        opened_at=now,
    )
    session.add(card)
    session.flush()
    owe(
        session,
        OutboxKind.ROBOT,
        robot_addressee(robot_id),
        key=f"card:{card.id}",
        number=card.number,
        body={"card": card.id},
        about=robot_id,
        now=now,
        due_at=card.due_at,
    )
    return card


def _goes(session: Session, card: RobotCard) -> bool:
    """Nobody has laid it aside."""
    wanted = select(OutboxMessage.id).where(
        OutboxMessage.kind == OutboxKind.ROBOT,
        OutboxMessage.addressee == robot_addressee(card.robot_id),
        OutboxMessage.key == f"card:{card.id}",
        col(OutboxMessage.state).in_((OutboxState.WAITING, OutboxState.SENDING)),
    )
    return session.exec(wanted).first() is not None


def _of_kind(robot_id: int, incident: Incident, stage: NoticeStage):
    return select(RobotCard).where(
        RobotCard.robot_id == robot_id,
        RobotCard.subject_type == incident.subject,
        RobotCard.kind == incident.kind,
        RobotCard.stage == stage,
    )


def _waiting_items(session: Session, robot_id: int, incident: Incident) -> list[RobotCardItem]:
    """Of cards that tell of it as new; the cards are locked, so that none is sent meanwhile."""
    wanted = (
        select(RobotCardItem)
        .join(RobotCard, col(RobotCard.id) == RobotCardItem.card_id)
        .where(
            RobotCardItem.robot_id == robot_id,
            RobotCardItem.subject_type == incident.subject,
            RobotCardItem.subject_id == incident.id,
            col(RobotCard.closed_at).is_(None),
            col(RobotCard.stage).in_(_OPENING),
        )
        .with_for_update()
    )
    return list(session.exec(wanted))
