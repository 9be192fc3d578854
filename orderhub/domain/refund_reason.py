"""Why does a buyer want money back? Each platform's words, in one vocabulary; a merchant may say what others mean.

The fourteen kinds are what rules and reports go by. A merchant who tells more apart names reasons of their own, each of
which counts as one of the fourteen.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.words import Channel
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text, shown_text

MOST_WORDS = 200
MOST_OWN = 100
_LONGEST_NAME = 32


class ReasonKind(StrEnum):
    NO_REASON = "no_reason"  # 不想要、拍错、七天无理由
    AGREED = "agreed"
    QUALITY = "quality"
    NOT_AS_DESCRIBED = "not_as_described"
    WRONG_ITEM = "wrong_item"
    SHORT_OR_MISSING = "short_or_missing"
    DAMAGED = "damaged"
    COUNTERFEIT = "counterfeit"
    LATE_SHIPMENT = "late_shipment"
    LOGISTICS = "logistics"
    PARCEL_REFUSED = "parcel_refused"
    FREIGHT = "freight"
    INVOICE = "invoice"
    OTHER = "other"


class OwnReason(SQLModel, table=True):
    """A reason the merchant tells apart, by a ``name`` of their own; it counts as ``kind``."""

    __tablename__ = "own_reason"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("name"),)

    id: int = own_id()
    name: str = Field(max_length=_LONGEST_NAME)
    kind: ReasonKind = Field(sa_type=word(ReasonKind))
    made_by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=Moment)


class ReasonWord(SQLModel, table=True):
    """What a channel's reason means to this merchant, before what the hub ships; ``kind`` is None until somebody says.
    ``own_id``: the merchant's own reason it stands for, where they tell it apart.

    ``words`` are folded: one spelling for full-width and half-width, without spaces.
    """

    __tablename__ = "reason_word"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("channel", "words"),
        Index("ix_reason_word_unsaid", "id", sqlite_where=text("kind IS NULL"), postgresql_where=text("kind IS NULL")),
    )

    id: int = own_id()
    channel: Channel = Field(sa_type=word(Channel))
    words: str = Field(max_length=MOST_WORDS)
    kind: ReasonKind | None = Field(default=None, sa_type=word(ReasonKind))
    own_id: int | None = Field(default=None, foreign_key="own_reason.id", sa_type=BigId)
    met_at: datetime = Field(sa_type=Moment)
    said_by: str = Field(default="", max_length=64)


@dataclass(frozen=True)
class Meaning:
    kind: ReasonKind
    own_id: int | None = None


@dataclass(frozen=True)
class OwnReasonMade(Happening):
    subject_type: ClassVar[str] = "own_reason"
    name: str
    kind: str


@dataclass(frozen=True)
class ReasonSaid(Happening):
    """``subject_id`` is the word's; ``cases`` is how many took the kind."""

    subject_type: ClassVar[str] = "reason_word"
    channel: str
    kind: str
    cases: int


def folded(words: str) -> str:
    dense = "".join(unicodedata.normalize("NFKC", shown_text(words, MOST_WORDS)).split())
    return unicodedata.normalize("NFKC", dense.casefold())[:MOST_WORDS]


def shipped_kind(words: str) -> ReasonKind | None:
    """None for a reason nobody has collected yet."""
    return _KNOWN.get(folded(words))


def meaning_of(session: Session, channel: Channel, words: str, *, now: datetime) -> Meaning:
    """What the merchant has said of it, else what the hub ships; a reason that is new is kept for review, as other."""
    reason = folded(words)
    if not reason:
        return _OTHER
    standing = session.exec(select(ReasonWord).where(ReasonWord.channel == channel, ReasonWord.words == reason)).first()
    if standing and standing.kind:
        return Meaning(standing.kind, standing.own_id)
    if known := _KNOWN.get(reason):
        return Meaning(known)
    if standing is None:
        try:
            with session.begin_nested():
                session.add(ReasonWord(channel=channel, words=reason, met_at=now))
        except IntegrityError:  # another worker met it first
            return _OTHER
    return _OTHER


def name_reason(session: Session, name: str, kind: ReasonKind, *, by: str, now: datetime) -> OwnReason:
    """A reason of the merchant's own, which counts as ``kind``. Safe to repeat.

    Raises:
        BadInput: no name, one that is taken for another kind, or more than ``MOST_OWN``.
    """
    called = clean_text(name, most=_LONGEST_NAME, field="name")
    if not called:
        raise BadInput("name: is empty", field="name", problem="reason_name")
    standing = session.exec(select(OwnReason).where(OwnReason.name == called)).one_or_none()
    if standing:
        if standing.kind is not kind:
            raise BadInput(f"name: {called} counts as {standing.kind}", field="name", problem="reason_name_taken")
        return standing
    if len(own_reasons(session)) >= MOST_OWN:
        raise BadInput(f"name: there are {MOST_OWN} already", field="name", problem="reason_names_full")
    made = OwnReason(name=called, kind=kind, made_by=by, made_at=now)
    session.add(made)
    session.flush()
    record(session, OwnReasonMade(made.id, called, kind), actor=by, now=now)
    return made


def own_reasons(session: Session) -> list[OwnReason]:
    """By the kind they count as, then the oldest first."""
    order = list(ReasonKind)
    return sorted(session.exec(select(OwnReason)), key=lambda one: (order.index(one.kind), one.id))


def own_reason_of(session: Session, own_id: int) -> OwnReason:
    """Raises: NotFound."""
    if found := session.get(OwnReason, own_id):
        return found
    raise NotFound(f"no reason of the merchant's own has the id {own_id}")


def unsaid_reasons(session: Session, *, limit: int = 200) -> list[ReasonWord]:
    """What waits for a person to say what it means, the longest waiting first."""
    wanted = select(ReasonWord).where(col(ReasonWord.kind).is_(None))
    return list(session.exec(wanted.order_by(col(ReasonWord.id)).limit(limit)))


# Source: live records of public stores, an ERP's filter on `taobao.refunds`, the lists of the shopping apps and
# WxJava's `AfterSalesReason`, collected 2026-11. No two platforms mean different things by the same words.
_SHIPPED = {
    ReasonKind.NO_REASON: (
        "拍错/多拍/不喜欢",
        "订单信息拍错（规格/尺码/颜色等）",
        "不想要了",
        "没用/少用优惠",
        "地址/电话信息填写错误",
        "商品错选/多选",
        "价格高于其他平台",
        "商品降价",
        "多拍/拍错/不想要",
        "拍错/少用优惠",
        "拍错/多拍",
        "不喜欢/不想要",
        "7天无理由退换货",
        "我不想要了",
        "试了不合适",
        "拍错了/订单信息错误",
        "7天无理由换货",
        "大小/尺寸不合适",
        "七天无理由退货",
        "买贵了/少用优惠",
        "地址/联系电话 填写错误",
        "七天无理由退货（商品无损）",
        "不喜欢或效果不好",
    ),
    ReasonKind.AGREED: (
        "与商家协商一致退款",
        "买卖双方协商一致退款",
    ),
    ReasonKind.QUALITY: (
        "商品无法安装使用",
        "质量问题",
        "三无产品",
        "做工问题",
        "商品质量问题",
        "做工粗糙/有瑕疵",
        "过敏包退服务",
        "商品变质/发霉/有异物",
        "生产日期/保质期与商品描述不符",
        "商品临近保质期/过期",
    ),
    ReasonKind.NOT_AS_DESCRIBED: (
        "与商品描述不符",
        "材质面料与描述不符",
        "颜色/图案/款式与描述不符",
        "大小/尺寸与描述不符",
        "收到的商品与描述不符（大小/尺寸/颜色/图案/款式/材质面料等）",
        "功能/效果与商品描述不符",
        "尺寸/容量/参数与商品描述不符",
        "商品与页面描述不符",
    ),
    ReasonKind.WRONG_ITEM: (
        "卖家发错货",
        "商家发错货",
        "发错货",
    ),
    ReasonKind.SHORT_OR_MISSING: (
        "包裹为空",
        "少件/漏发",
        "货物破损/空包裹已拒签",
        "收到的商品破损/漏件",
        "缺件/漏发",
        "空包裹/少货",
        "缺少件",
    ),
    ReasonKind.DAMAGED: (
        "包装/商品破损/污渍",
        "包装/商品破损/污渍/裂痕/变形",
        "货物破损已拒签",
        "商品损坏",
    ),
    ReasonKind.COUNTERFEIT: (
        "假冒产品",
        "假冒品牌",
    ),
    ReasonKind.LATE_SHIPMENT: (
        "发货时间问题",
        "发货时间太长",
        "缺货",
        "未按约定时间发货",
        "平台缺货",
    ),
    ReasonKind.LOGISTICS: (
        "无快递信息",
        "快递长时间未送达了",
        "物流一直未送到",
        "快递/物流一直未送到",
        "快递/物流无跟踪记录",
        "配送超时",
        "快递停滞/未送达",
        "物流停滞",
    ),
    ReasonKind.PARCEL_REFUSED: ("已拒签包裹",),
    ReasonKind.FREIGHT: ("退运费",),
    ReasonKind.INVOICE: ("发票问题",),
    ReasonKind.OTHER: (
        "其它",
        "签收异常",
    ),
}
_OTHER = Meaning(ReasonKind.OTHER)
_KNOWN = {folded(words): kind for kind, all_words in _SHIPPED.items() for words in all_words}
