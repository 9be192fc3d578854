"""A case was answered in the hub: whoever pays the money back is owed the answer."""

from sqlmodel import Session, select

from orderhub.automation.addressee import shop_addressee
from orderhub.automation.outbox import OutboxKind, owe
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.refund_answer import RefundAnswer, RefundAnswered
from orderhub.kernel.eventlog import Event, kind_of

KINDS = frozenset({kind_of(RefundAnswered)})


def run(session: Session, event: Event) -> str:
    """Safe to repeat. A case has one message: a later answer takes the place of one that was refused."""
    case = session.get_one(Aftersale, event.subject_id)
    turn = event.body["turn"]
    wanted = select(RefundAnswer).where(RefundAnswer.aftersale_id == case.id, RefundAnswer.turn == turn)
    given = session.exec(wanted).one()
    is_new = owe(
        session,
        OutboxKind.REFUND_ANSWER,
        shop_addressee(case.shop_id),
        key=str(case.id),
        version=turn,
        number=case.channel_refund_no,
        about=case.id,
        body={"answer_id": given.id, "order_id": case.order_id},
        now=event.at,
    )
    return "owed to the channel" if is_new else "owed already"
