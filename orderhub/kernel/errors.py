"""Which errors exist, and what does each mean to its caller?

OrderHubError
├── RuleBroken               a business refusal; the message says what to do (HTTP 409)
│   ├── BadInput             what came in cannot be read or breaks a rule of intake (422)
│   ├── IllegalMove          a status cannot go there (409)
│   ├── NotAllowed           signed in, but without the permission (403)
│   ├── NotFound             nothing of that name, or not yours to see (404)
│   ├── ProofNeeded          signed in and allowed, but a fresh second factor comes first (403)
│   ├── NotSignedIn          nobody is signed in, or the session has ended (401)
│   ├── Postponed            not at this level of pressure; it goes once the level is normal (503)
│   ├── ReadOnly             the hub changes nothing at present; come back later (503)
│   └── TooMany              over a rate limit; come back later (429)
├── PartnerError             somebody outside did not do what we asked
│   ├── PartnerUnavailable   no usable answer now; ask again later
│   │   └── PartnerBanned    we are asked to stay away for a while
│   └── PartnerRefused       a clear no; asking again changes nothing
│       └── PartnerUnauthorised   the shop's token is dead; refresh it or connect the shop again
├── SetupError               the installation is not as it must be
│   └── DatabaseBusy         another process owns the SQLite database
└── AuditBroken              the log is not as it was sealed (docs/audit.md says what to do)
"""

from datetime import timedelta
from typing import ClassVar


class OrderHubError(Exception):
    """``code`` is stable and meant for programs; the message is for people."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500


class RuleBroken(OrderHubError):
    """``names`` fill in the sentence its code stands for on a screen: who was first, say."""

    code = "rule_broken"
    http_status = 409

    def __init__(self, message: str = "", **names: str) -> None:
        super().__init__(message)
        self.names = names


class BadInput(RuleBroken):
    """``field`` names the offending field as the sender wrote it, ``problem`` is a stable code."""

    code = "bad_input"
    http_status = 422

    def __init__(self, message: str, *, field: str = "", problem: str = "invalid") -> None:
        super().__init__(message)
        self.field = field
        self.problem = problem


class IllegalMove(RuleBroken):
    code = "illegal_move"


class NotAllowed(RuleBroken):
    code = "not_allowed"
    http_status = 403


class ProofNeeded(RuleBroken):
    code = "proof_needed"
    http_status = 403


class NotFound(RuleBroken):
    code = "not_found"
    http_status = 404


class NotSignedIn(RuleBroken):
    code = "not_signed_in"
    http_status = 401


class Postponed(RuleBroken):
    code = "postponed"
    http_status = 503


class ReadOnly(RuleBroken):
    """``sign`` is why (kernel/level.py)."""

    code = "read_only"
    http_status = 503

    def __init__(self, message: str, *, sign: str, retry_after: timedelta, **names: str) -> None:
        super().__init__(message, **names)
        self.sign = sign
        self.retry_after = retry_after


class TooMany(RuleBroken):
    code = "too_many"
    http_status = 429

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PartnerError(OrderHubError):
    """``partner`` is who answered, ``partner_code`` its own code, never a token or a buyer's data."""

    code = "partner"
    http_status = 502

    def __init__(self, message: str, *, partner: str = "", partner_code: str = "") -> None:
        super().__init__(message)
        self.partner = partner
        self.partner_code = partner_code


class PartnerUnavailable(PartnerError):
    code = "partner_unavailable"
    http_status = 503


class PartnerBanned(PartnerUnavailable):
    code = "partner_banned"

    def __init__(self, message: str, *, retry_after: timedelta, partner: str = "", partner_code: str = "") -> None:
        super().__init__(message, partner=partner, partner_code=partner_code)
        self.retry_after = retry_after


class PartnerRefused(PartnerError):
    code = "partner_refused"


class PartnerUnauthorised(PartnerRefused):
    code = "partner_unauthorised"


class SetupError(OrderHubError):
    code = "setup"


class DatabaseBusy(SetupError):
    code = "database_busy"
    http_status = 503


class AuditBroken(OrderHubError):
    code = "audit_broken"
