"""What the stories of mails have in common: a mail server that is really spoken to, and what it was given."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "hub@example.com", "youxiang-mima-7"


@dataclass
class Mailbox:
    """``answers`` are what it says to the next letters, then it takes them; ``unknown`` are addresses it has not.

    While it ``is_locked`` it wants a login that nobody can give; ``asked`` counts letters somebody came with.
    """

    port: int = 0
    got: list[tuple[str, EmailMessage]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    logins: list[str] = field(default_factory=list)
    is_locked: bool = False
    asked: int = 0
    tries: int = 0
    waits: float = 0

    def to(self) -> list[str]:
        return [address for address, _ in self.got]


class _AnyPort(Controller):
    """On whatever port is free."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class _Handler:
    def __init__(self, box: Mailbox) -> None:
        self._box = box

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._box.asked += 1
        if self._box.is_locked:
            return "530 5.7.0 sign in first"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if address in self._box.unknown:
            return f"550 5.1.1 <{address}> is nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._box.tries += 1
        if self._box.answers:
            return self._box.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self._box.got += [(address, letter) for address in envelope.rcpt_tos]
        await asyncio.sleep(self._box.waits)
        return "250 kept"


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """With ``context`` it asks for STARTTLS and for a login."""
    box = Mailbox()

    def let_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword) -> AuthResult:
        box.logins.append(given.login.decode())
        is_right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=is_right)

    more = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": let_in}
    controller = _AnyPort(_Handler(box), hostname="127.0.0.1", port=0, **(more if context else {}))
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()
