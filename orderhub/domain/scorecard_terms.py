"""What counts how much in a supplier's scorecard? One row for the whole hub."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel

from orderhub.kernel.columns import Moment
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, Was, before, record

_ONLY = 1
_WEIGHTS = ("on_time_weight", "complete_weight", "sound_weight", "price_weight")
_LIMITS = ("complete_limit", "sound_limit", "price_limit")


class ScorecardTerms(SQLModel, table=True):
    """Weights add up to 100. A limit is the share, in thousandths, at which a part has no points left."""

    __tablename__ = "scorecard_terms"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=_ONLY, primary_key=True)
    on_time_weight: int = 40
    complete_weight: int = 25
    sound_weight: int = 25
    price_weight: int = 10
    complete_limit: int = 50
    sound_limit: int = 50
    price_limit: int = 100
    changed_at: datetime | None = Field(default=None, sa_type=Moment)


@dataclass(frozen=True)
class ScorecardTermsSet(Happening):
    subject_type: ClassVar[str] = "scorecard_terms"
    became: Was | None = None
    was: Was | None = None


def scorecard_terms(session: Session) -> ScorecardTerms:
    return session.get(ScorecardTerms, _ONLY) or ScorecardTerms()


def set_scorecard_terms(session: Session, terms: ScorecardTerms, *, by: str, now: datetime) -> None:
    """Raises: BadInput: weights that do not add up to 100, or a limit outside 0.1 % to 100 %."""
    weights = [getattr(terms, name) for name in _WEIGHTS]
    if min(weights) < 0 or sum(weights) != 100:
        raise BadInput("weights: must add up to 100", field="weights", problem="scorecard_weights")
    if not all(1 <= getattr(terms, name) <= 1000 for name in _LIMITS):
        raise BadInput("limits: 1 to 1000 thousandths", field="limits", problem="scorecard_limits")
    names = (*_WEIGHTS, *_LIMITS)
    was = before(scorecard_terms(session), *names)
    terms.id, terms.changed_at = _ONLY, now
    session.merge(terms)
    record(session, ScorecardTermsSet(_ONLY, before(terms, *names), was), actor=by, now=now)
