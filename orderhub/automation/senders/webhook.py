"""A program is told what happened: signed, at least once, by an id that stays; only a 2xx is a yes."""

from datetime import datetime

from sqlmodel import Session

from orderhub.automation.outbox import OutboxMessage, Taken
from orderhub.automation.senders.contract import GO, Verdict
from orderhub.automation.webhook_keyring import target_of
from orderhub.automation.webhook_message import written
from orderhub.automation.webhook_watch import is_told_again, note_failure, switch_off
from orderhub.connectors.webhook import Told, deliver
from orderhub.domain.webhook import webhook_of
from orderhub.domain.words import UploadProblem
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import PartnerError, PartnerRefused

_GONE = "410"


class WebhookSender:
    def may_go(self, session: Session, message: Taken) -> Verdict:
        hook = webhook_of(session, message.addressee.id)
        return GO if hook.is_active else Verdict(UploadProblem.TURNED_OFF, f"{hook.name} is off", is_final=True)

    def send(self, message: Taken) -> Told:
        now = utc_now()
        with reading() as session:
            target = target_of(webhook_of(session, message.addressee.id), now)
        try:
            return deliver(target, message.number, written(message.body), at=int(now.timestamp()))
        except PartnerError:
            note_failure(message.addressee.id, now)
            raise

    def problem_of(self, session: Session, message: Taken, error: PartnerRefused) -> UploadProblem:
        return UploadProblem.REFUSED

    def kept_back(self, session: Session, message: Taken, verdict: Verdict, now: datetime) -> None: ...

    def sent(self, session: Session, message: Taken, answer: Told, now: datetime) -> None:
        """What it answered stays with the message, for the page."""
        row = session.get_one(OutboxMessage, message.id)
        row.partner_code, row.reason = str(answer.status), f"{answer.took_ms} ms"
        session.add(row)
        is_told_again(session, message.addressee.id, now)

    def refused(
        self, session: Session, message: Taken, problem: UploadProblem, partner_code: str, now: datetime
    ) -> None:
        """No answer in a day is told by the watch (webhook_watch.py); who says 410 wants no more."""
        if partner_code == _GONE:
            switch_off(session, webhook_of(session, message.addressee.id, lock=True), "对方答复 410，不再接收", now)

    def locked_out(self, session: Session, message: Taken, reason: str, now: datetime) -> None: ...
