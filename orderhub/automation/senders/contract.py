"""What must every sender be able to do?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlmodel import Session

from orderhub.automation.outbox import Taken
from orderhub.connectors.channels.contract import ChannelConnector
from orderhub.domain.shop import Shop
from orderhub.domain.words import UploadProblem
from orderhub.kernel.errors import PartnerRefused


@dataclass(frozen=True)
class Verdict:
    """Whether a message may leave now: ``problem`` says why not, ``is_final`` that it never will by itself."""

    problem: UploadProblem = UploadProblem.NONE
    reason: str = ""
    is_final: bool = False


GO = Verdict()


class Sender(Protocol):
    """``may_go``, ``sent`` and ``refused`` work on a session and wait for nobody; ``send`` has none and may wait."""

    def may_go(self, session: Session, shop: Shop, message: Taken) -> Verdict:
        """Looked at right before sending: much may have happened since the message was owed."""
        ...

    def send(self, connector: ChannelConnector, shop: Shop, message: Taken) -> None:
        """Raises: PartnerUnavailable, PartnerRefused and theirs (kernel/errors.py)."""
        ...

    def problem_of(self, shop: Shop, error: PartnerRefused) -> UploadProblem: ...

    def kept_back(self, session: Session, message: Taken, verdict: Verdict, now: datetime) -> None:
        """What is true while the message may not leave. Safe to repeat."""
        ...

    def sent(self, session: Session, message: Taken, now: datetime) -> None:
        """What is true now that the channel knows."""
        ...

    def refused(
        self, session: Session, message: Taken, problem: UploadProblem, partner_code: str, now: datetime
    ) -> None:
        """What is true now that the channel has said no, or nothing in a day."""
        ...
