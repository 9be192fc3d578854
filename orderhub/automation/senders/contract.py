"""What must every sender be able to do?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel import Session

from orderhub.automation.outbox import Taken
from orderhub.domain.words import UploadProblem
from orderhub.kernel.errors import OrderHubError, PartnerRefused


@dataclass(frozen=True)
class Verdict:
    """Whether a message may leave now: ``problem`` says why not, ``is_final`` that it never will by itself.

    ``again_in`` is how soon it is looked at again, where that is known better than by everybody's habit.
    """

    problem: UploadProblem = UploadProblem.NONE
    reason: str = ""
    is_final: bool = False
    again_in: timedelta | None = None


GO = Verdict()


class ElsewhereInTrouble(OrderHubError):
    """Somebody other than the addressee does not answer now: this message waits, the addressee's others do not."""

    code = "elsewhere_in_trouble"

    def __init__(self, message: str, *, retry_after: timedelta = timedelta()) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Sender(Protocol):
    """All but ``send`` work on a session and wait for nobody; ``send`` finds its own connector, and may wait."""

    def may_go(self, session: Session, message: Taken) -> Verdict:
        """Looked at right before sending: much may have happened since the message was owed."""
        ...

    def send(self, message: Taken) -> Any:
        """The answer, which ``sent`` gets. Raises: PartnerUnavailable, PartnerRefused and theirs (kernel/errors.py)."""
        ...

    def problem_of(self, session: Session, message: Taken, error: PartnerRefused) -> UploadProblem: ...

    def kept_back(self, session: Session, message: Taken, verdict: Verdict, now: datetime) -> None:
        """What is true while the message may not leave. Safe to repeat."""
        ...

    def sent(self, session: Session, message: Taken, answer: Any, now: datetime) -> None:
        """What is true now that the addressee knows."""
        ...

    def refused(
        self, session: Session, message: Taken, problem: UploadProblem, partner_code: str, now: datetime
    ) -> None:
        """What is true now that the addressee has said no, or nothing in a day."""
        ...

    def locked_out(self, session: Session, message: Taken, reason: str, now: datetime) -> None:
        """What is true now that the addressee takes our keys no more. Safe to repeat."""
        ...
