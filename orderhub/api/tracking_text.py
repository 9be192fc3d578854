"""What does the page of a parcel say to its buyer? In Chinese and English."""

from functools import cache

from orderhub.domain.scan_text import Trouble
from orderhub.domain.words import ScanNode

NODES: dict[ScanNode, tuple[str, str]] = {
    ScanNode.COLLECTED: ("快递已揽收", "Collected by the carrier"),
    ScanNode.IN_TRANSIT: ("运输中", "On its way"),
    ScanNode.LEFT_HUB: ("已发往下一站", "Left for the next stop"),
    ScanNode.ARRIVED_HUB: ("已到达", "Arrived at a stop"),
    ScanNode.OUT_FOR_DELIVERY: ("正在派送", "Out for delivery"),
    ScanNode.READY_FOR_PICKUP: ("已到取件点，请取件", "Ready to be fetched"),
    ScanNode.DELIVERED: ("已签收", "Delivered"),
    ScanNode.REFUSED: ("已拒收", "Refused"),
    ScanNode.RETURNING: ("退回中", "On its way back"),
    ScanNode.PROBLEM: ("派送遇到问题", "Delivery has met a problem"),
    ScanNode.CUSTOMS: ("清关中", "At customs"),
}

TROUBLES: dict[Trouble, tuple[str, str]] = {
    Trouble.NOBODY_REACHED: ("快递没有联系上收件人", "The courier could not reach anybody"),
    Trouble.ADDRESS: ("收货地址有问题", "Something is wrong with the address"),
    Trouble.CLOSED: ("收件单位放假或不便派送", "The place was closed"),
    Trouble.ANOTHER_DAY: ("改约时间派送", "Another time was agreed"),
    Trouble.DAMAGED: ("包裹有破损或遗失", "The parcel was damaged or lost"),
    Trouble.OTHER: ("快递会再次处理", "The carrier will try again"),
}

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("包裹查询", "Your parcel"),
    "order_tail": ("订单尾号 {tail}", "Order ending in {tail}"),
    "parcel_n": ("包裹 {n} / {count}", "Parcel {n} of {count}"),
    "step_shipped": ("已发货", "Shipped"),
    "step_moving": ("运输中", "On its way"),
    "step_delivery": ("派送中", "Delivery"),
    "step_pickup": ("待取件", "To fetch"),
    "step_delivered": ("签收", "Delivered"),
    "not_scanned": ("已发货，等待快递揽收", "Shipped, waiting for the carrier"),
    "not_followed": ("已发货，请用运单号向快递查询", "Shipped: ask the carrier by the waybill"),
    "today": ("预计今天送达", "Expected today"),
    "days": ("预计 {first}–{last} 送达", "Expected {first} – {last}"),
    "day": ("预计 {first} 送达", "Expected {first}"),
    "day_today": ("今天", "today"),
    "late": ("比预计的晚，仍在路上", "Later than expected, still on its way"),
    "late_hint": ("原预计 {last} 前送达", "It was expected by {last}"),
    "unknown": ("暂无预计送达时间", "No expected day yet"),
    "delivered_at": ("{at} 签收", "{at}"),
    "silent": (
        "物流有一段时间没有更新，商家已经在核实。",
        "Nothing has been heard for a while; the shop is looking into it.",
    ),
    "scans": ("物流轨迹", "Where it has been"),
    "scans_none": ("快递收件后，这里会出现物流轨迹。", "Its way will appear here once the carrier has it."),
    "older": ("更早的 {n} 条", "{n} earlier"),
    "waybill": ("运单号", "Waybill"),
    "waiting": ("还有 {n} 个包裹在仓库备货中", "{n} more being packed"),
    "goods": ("商品", "Goods"),
    "goods_count": ("{kinds} 种 {pieces} 件", "kinds: {kinds} · pieces: {pieces}"),
    "contact": ("联系客服", "Ask the shop"),
    "contact_none": ("有问题请在下单的平台上联系商家客服。", "Please ask the shop where you bought."),
    "foot": ("{at} 更新 · 本页不显示姓名、电话和地址", "As of {at} · no name, phone or address is shown here"),
    "today_at": ("今天 {at}", "Today {at}"),
    "other_language": ("English", "中文"),
    "missing": ("查不到这个包裹", "No such parcel"),
    "missing_hint": (
        "链接不完整或已过期。请从商家发给您的短信或消息里重新打开，或联系商家客服。",
        "The link is incomplete or has ended. Open it again from the shop's message, or ask the shop.",
    ),
    "too_many": ("查询太频繁", "Too many visits"),
    "too_many_hint": ("请过一分钟再试。", "Please try again in a minute."),
    "failed": ("暂时查不到", "Not available now"),
    "failed_hint": ("请稍后再试。", "Please try again later."),
}


@cache
def texts(lang: str) -> dict[str, str]:
    return {key: _of(pair, lang) for key, pair in TEXTS.items()}


def node_text(node: ScanNode, lang: str) -> str:
    return _of(NODES[node], lang)


def trouble_text(found: Trouble, lang: str) -> str:
    return _of(TROUBLES[found], lang)


def _of(pair: tuple[str, str], lang: str) -> str:
    return pair[1] if lang == "en" else pair[0]
