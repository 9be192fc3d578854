"""What does one row of the board show, as the browser gets it? Text only, no word of a language."""

from dataclasses import dataclass
from datetime import datetime

from orderhub.insights.board import BoardRow
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import FieldGroup, seen
from orderhub.kernel.veil import Money, OfReceiver


@dataclass
class RowView:
    """Moments are unix seconds as text; ``due`` is empty where nothing has to leave any more."""

    id: str
    no: str
    channel: str
    shop: str
    status: str
    due: str
    due_exact: str
    risk: Money
    paid: Money
    goods: str
    kinds: str
    tags: list[str]
    holds: list[str]
    buyer: str
    tail: OfReceiver
    carrier: str
    waybill: str
    changed: str
    changed_exact: str


def row_view(row: BoardRow) -> RowView:
    is_leaving = row.at_risk_fen > 0
    nick, receiver = seen(FieldGroup.BUYER, row.buyer_masked), seen(FieldGroup.RECEIVER, row.receiver_name_masked)
    return RowView(
        id=str(row.order_id),
        no=row.channel_order_no,
        channel=row.channel,
        shop=row.shop_name,
        status=row.status,
        due=unix(row.ship_by) if is_leaving else "",
        due_exact=exact(row.ship_by),
        risk=money_text(row.at_risk_fen) if is_leaving else "",
        paid=money_text(row.paid_fen),
        goods=row.goods_text,
        kinds=str(row.kind_count) if row.kind_count > 1 else "",
        tags=list(row.tags),
        holds=[str(reason) for reason in row.holds],
        buyer=nick or receiver,
        tail=row.receiver_phone_tail,
        carrier=row.carrier_name,
        waybill=row.tracking_no,
        changed=unix(row.changed_at),
        changed_exact=exact(row.changed_at),
    )


def unix(moment: datetime | None) -> str:
    return str(int(moment.timestamp())) if moment else ""


def exact(moment: datetime | None) -> str:
    return shanghai_text(moment) if moment else ""
