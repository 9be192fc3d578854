"""What does a card for a group chat say? What is wrong, with what, how much is at risk, whose it is and by when.

No note, no remark and nothing of a buyer goes into a chat that is outside: the card leads to where they stand.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.automation.card_words import KINDS, ROLES, SEVERITIES
from orderhub.automation.robot_card import RobotCard, first_card, items_of
from orderhub.connectors.robots.contract import Card, Tone
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import Severity
from orderhub.domain.carrier_account import CarrierAccount
from orderhub.domain.incident import ANOMALY, Incident, incident_of
from orderhub.domain.order import Order
from orderhub.domain.robot import Robot
from orderhub.domain.shop import Shop
from orderhub.domain.sku import Sku
from orderhub.domain.staff_notice import NoticeStage
from orderhub.domain.track import Track
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text

_MOST_ROWS = 5

_STAGES = {
    NoticeStage.OPENED: "",
    NoticeStage.REOPENED: "再次出现",
    NoticeStage.HANDED_OVER: "已转交",
    NoticeStage.ESCALATED: "已升级",
    NoticeStage.CLOSED: "已解决",
}
_NAMED: dict[str, tuple[type, str]] = {
    "order": (Order, "channel_order_no"),
    "shop": (Shop, "name"),
    "sku": (Sku, "code"),
    "aftersale": (Aftersale, "channel_refund_no"),
    "carrier_account": (CarrierAccount, "name"),
    "track": (Track, "tracking_no"),
    "robot": (Robot, "name"),
}
_SUBJECTS = {
    "order": "订单",
    "shop": "店铺",
    "sku": "商品",
    "aftersale": "售后单",
    "carrier_account": "面单账号",
    "track": "包裹",
    "robot": "机器人",
    "delivery": "发货单",
    "payment": "收款",
    "message": "消息",
    "mapping": "映射",
    "channel_item": "渠道货号",
    "statement": "账单",
    "outbox": "回传",
}


def composed(session: Session, card: RobotCard, *, origin: str, is_again: bool = False) -> Card | None:
    """The card as it is to be said now; None where everything on it is over and nobody needs to hear of it.

    ``is_again``: an earlier sending may have got through, and the chat is told so.
    """
    found = [incident_of(session, item.subject_type, item.subject_id) for item in items_of(session, card.id)]
    is_end = card.stage is NoticeStage.CLOSED
    incidents = list({one.id: one for one in found if one and one.is_over is is_end}.values())
    if not incidents:
        return None
    # The name is what a robot that asks for a keyword is given.
    foot = f"OrderHub 卡片 {card.number}{'（补发，可能重复）' if is_again else ''}"
    if len(incidents) == 1 and card.stage is not NoticeStage.OPENED:
        first = first_card(session, card.robot_id, incidents[0].subject, incidents[0].id)
        if first and first.id != card.id and first.closed_at:
            foot += f" · 接 {first.number}（{shanghai_text(first.closed_at, '%m-%d %H:%M')}）"
    link = f"{origin}{address_of(incidents[0])}"
    if len(incidents) == 1:
        return _single(session, card, incidents[0], foot, link)
    return _digest(session, card, incidents, foot, link)


def address_of(incident: Incident) -> str:
    """Where in the hub it is seen."""
    return f"/anomalies?kind={incident.kind}" if incident.subject == ANOMALY else "/"


def about_of(session: Session, incident: Incident) -> str:
    """An order's number at its channel, a parcel's, a shop's name; never a buyer's."""
    subject = _SUBJECTS.get(incident.about_type, "")
    row, name = _NAMED.get(incident.about_type, (None, ""))
    found = session.exec(select(row).where(row.id == incident.about_id)).one_or_none() if row else None
    return f"{subject} {getattr(found, name) if found else incident.about_id}".strip()


def preview(session: Session, now: datetime, *, origin: str) -> Card:
    """The card of the newest anomaly that stands, or one made up where nothing is wrong."""
    wanted = select(Anomaly.id).where(col(Anomaly.resolved_at).is_(None)).order_by(col(Anomaly.id).desc()).limit(1)
    newest = session.exec(wanted).first()
    found = incident_of(session, ANOMALY, newest) if newest else None
    if found is None:
        return _sample(now, origin)
    stage = NoticeStage.OPENED
    card = RobotCard(robot_id=0, subject_type=ANOMALY, kind=found.kind, stage=stage, due_at=now, opened_at=now)
    return _single(session, card, found, "OrderHub 卡片 K1", f"{origin}{address_of(found)}")


def _single(session: Session, card: RobotCard, one: Incident, foot: str, link: str) -> Card:
    facts = [("对象", about_of(session, one))]
    if one.at_risk_fen:
        facts.append(("风险金额", money_text(one.at_risk_fen)))
    facts.append(("负责", _owner(one)))
    if card.stage is NoticeStage.CLOSED:
        facts.append(("结果", "系统确认已恢复" if one.over_by == "system" else f"{one.over_by} 已处理"))
    elif one.due_at:
        facts.append(("时限", shanghai_text(one.due_at, "%m-%d %H:%M")))
    return Card(_title(card, [one]), _tone(card, [one]), tuple(facts), foot=foot, link=link)


def _digest(session: Session, card: RobotCard, incidents: Sequence[Incident], foot: str, link: str) -> Card:
    """Most money first."""
    ranked = sorted(incidents, key=lambda one: (-one.at_risk_fen, one.id))
    total, dues = sum(one.at_risk_fen for one in ranked), [one.due_at for one in ranked if one.due_at]
    facts = [("数量", f"{len(ranked)} 起")]
    if total:
        facts.append(("风险金额合计", money_text(total)))
    facts.append(("负责", "、".join(sorted({_owner(one) for one in ranked})[:4])))
    if dues and card.stage is not NoticeStage.CLOSED:
        facts.append(("最早时限", shanghai_text(min(dues), "%m-%d %H:%M")))
    rows = tuple(_row(session, one) for one in ranked[:_MOST_ROWS])
    if left := len(ranked) - len(rows):
        foot = f"另有 {left} 起 · {foot}"
    return Card(_title(card, ranked), _tone(card, ranked), tuple(facts), rows, foot, link)


def _row(session: Session, one: Incident) -> str:
    risk = f" {money_text(one.at_risk_fen)}" if one.at_risk_fen else ""
    return f"{about_of(session, one)}{risk}"


def _title(card: RobotCard, incidents: Sequence[Incident]) -> str:
    name = KINDS.get(card.kind, card.kind)
    count = f" {len(incidents)} 起" if len(incidents) > 1 else ""
    if said := _STAGES[card.stage]:
        return f"{said}：{name}{count}"
    if card.subject_type != ANOMALY:
        return f"新待办：{name}{count}"
    return f"【{SEVERITIES[_worst(incidents)]}】{name}{count}"


def _tone(card: RobotCard, incidents: Sequence[Incident]) -> Tone:
    if card.stage is NoticeStage.CLOSED:
        return Tone.DONE
    is_bad = card.stage is NoticeStage.ESCALATED or _worst(incidents) is Severity.HIGH
    return Tone.ALARM if is_bad else Tone.NOTE


def _worst(incidents: Sequence[Incident]) -> Severity:
    found = {one.severity for one in incidents}
    return next(one for one in (Severity.HIGH, Severity.MEDIUM, Severity.LOW) if one in found)


def _owner(one: Incident) -> str:
    role = ROLES.get(one.role, one.role)
    return f"{role} {one.person}".strip()


def _sample(now: datetime, origin: str) -> Card:
    facts = (("对象", "包裹 SF7444471039325"), ("风险金额", "¥139.40"), ("负责", "运营专员"))
    facts += (("时限", shanghai_text(now, "%m-%d %H:%M")),)
    link = f"{origin}/anomalies?kind=no_movement"
    return Card("【中】物流异常", Tone.NOTE, facts, foot="OrderHub 卡片 K1", link=link)
