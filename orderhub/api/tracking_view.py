"""How are the facts of a parcel put into the texts of its buyer's page?"""

from dataclasses import dataclass
from datetime import date, datetime

from orderhub.api.tracking_text import node_text, texts, trouble_text
from orderhub.domain.expected_arrival import Expected, Outlook
from orderhub.domain.scan_text import stations, trouble
from orderhub.domain.silence import TrackAlarm
from orderhub.domain.track import Scan, Track
from orderhub.domain.words import Carrier, ScanNode
from orderhub.insights.order_track import TrackRow
from orderhub.insights.tracking_page import TrackingPage
from orderhub.kernel.clock import business_day, shanghai_text

_SHOWN_AT_ONCE = 6
_DELIVERY = (ScanNode.OUT_FOR_DELIVERY, ScanNode.READY_FOR_PICKUP)
_BACK = (ScanNode.REFUSED, ScanNode.RETURNING)
_SILENT = (TrackAlarm.STALLED, TrackAlarm.LOST)
# Whoever signed, and where, is the buyer's own affair.
_NO_PLACES = (ScanNode.DELIVERED, ScanNode.REFUSED, ScanNode.PROBLEM)


@dataclass(frozen=True)
class ScanView:
    text: str
    places: str
    at: str
    iso: str


@dataclass(frozen=True)
class ParcelView:
    """``steps`` as (name, ``ok``, ``now`` or empty), none where it goes back; ``tone`` is a colour's meaning."""

    status: str
    headline: str
    hint: str
    tone: str
    steps: tuple[tuple[str, str], ...]
    carrier: str
    waybill: str
    scans: tuple[ScanView, ...]
    older: tuple[ScanView, ...]


@dataclass(frozen=True)
class PageView:
    shop: str
    order_tail: str
    parcels: tuple[ParcelView, ...]
    waiting: int
    goods: tuple[tuple[str, int], ...]
    pieces: int
    contact_name: str
    phone: str
    dialled: str
    contact_words: str
    at: str


def page_view(page: TrackingPage, lang: str, now: datetime) -> PageView:
    contact = page.contact
    return PageView(
        shop=page.shop,
        order_tail=page.order_tail,
        parcels=tuple(_parcel(row, lang, now) for row in page.parcels),
        waiting=page.waiting,
        goods=page.goods,
        pieces=sum(quantity for _, quantity in page.goods),
        contact_name=contact.name,
        phone=contact.phone,
        dialled="".join(letter for letter in contact.phone if letter in "+0123456789"),
        contact_words=contact.words,
        at=shanghai_text(now, "%H:%M"),
    )


def _parcel(row: TrackRow, lang: str, now: datetime) -> ParcelView:
    said = texts(lang)
    scans = [_scan(scan, scan.node, lang, now) for scan in row.scans if scan.node]
    known = set(Carrier)
    code = row.parcel.carrier_code
    carrier = Carrier(code).trade_name if code in known else row.parcel.carrier_name
    status, headline, hint, tone = _standing(row, said, lang, now)
    return ParcelView(
        status=status,
        headline=headline,
        hint=hint,
        tone=tone,
        steps=_steps(row, said) if row.track else (),
        carrier=carrier,
        waybill=row.parcel.tracking_no,
        scans=tuple(scans[:_SHOWN_AT_ONCE]),
        older=tuple(scans[_SHOWN_AT_ONCE:]),
    )


def _standing(row: TrackRow, said: dict[str, str], lang: str, now: datetime) -> tuple[str, str, str, str]:
    """What it is doing, in large what matters most, what else is worth a word, and how that is meant."""
    track, outlook = row.track, row.expected.outlook
    if track is None:
        return "", said["not_followed"], "", ""
    status = node_text(track.node, lang) if track.node else said["not_scanned"]
    if track.node is ScanNode.DELIVERED and track.arrived_at:
        return "", status, said["delivered_at"].format(at=_moment(track.arrived_at, lang, now)), "green"
    if outlook is Outlook.OVER:
        return "", status, " ".join(_last_places(row)), "amber" if track.node in _BACK else ""
    expected, hint, tone = _expected(row.expected, said, lang, now, track)
    if outlook is Outlook.UNKNOWN or track.node is ScanNode.PROBLEM:
        return "", status, hint or expected, tone
    return status, expected, hint, tone


def _expected(expected: Expected, said: dict[str, str], lang: str, now: datetime, track: Track) -> tuple[str, str, str]:
    hint = said["silent"] if track.alarm in _SILENT else ""
    is_bad = bool(hint) or track.node is ScanNode.PROBLEM
    tone = "amber" if is_bad or expected.outlook is Outlook.LATE else ""
    match expected.outlook:
        case Outlook.TODAY:
            return said["today"], hint, tone
        case Outlook.DAYS if expected.first and expected.last:
            return _range(expected.first, expected.last, said, lang, business_day(now)), hint, tone
        case Outlook.LATE if expected.last:
            return said["late"], hint or said["late_hint"].format(last=_day(expected.last, lang)), tone
    return said["unknown"], hint, tone


def _range(first: date, last: date, said: dict[str, str], lang: str, today: date) -> str:
    if first == last:
        return said["today"] if first == today else said["day"].format(first=_day(first, lang))
    start = said["day_today"] if first == today else _day(first, lang)
    end = f"{last.day}日" if lang != "en" and first.month == last.month and first != today else _day(last, lang)
    return said["days"].format(first=start, last=end)


def _steps(row: TrackRow, said: dict[str, str]) -> tuple[tuple[str, str], ...]:
    nodes = [scan.node for scan in row.scans if scan.node and scan.node is not ScanNode.PROBLEM]
    last = nodes[0] if nodes else None
    if last in _BACK:
        return ()
    here = 0 if last is None else 3 if last is ScanNode.DELIVERED else 2 if last in _DELIVERY else 1
    third = "step_pickup" if last is ScanNode.READY_FOR_PICKUP else "step_delivery"
    names = (said["step_shipped"], said["step_moving"], said[third], said["step_delivered"])
    return tuple((name, "ok" if turn < here else "now" if turn == here else "") for turn, name in enumerate(names))


def _scan(scan: Scan, node: ScanNode, lang: str, now: datetime) -> ScanView:
    if node is ScanNode.PROBLEM:
        places = trouble_text(trouble(scan.text), lang)
    elif node in _NO_PLACES:
        places = ""
    else:
        places = " → ".join(stations(scan.text))
    return ScanView(node_text(node, lang), places, _moment(scan.at, lang, now), scan.at.isoformat())


def _last_places(row: TrackRow) -> tuple[str, ...]:
    return stations(row.scans[0].text) if row.scans and row.scans[0].node is ScanNode.READY_FOR_PICKUP else ()


def _moment(moment: datetime, lang: str, now: datetime) -> str:
    at = shanghai_text(moment, "%H:%M")
    if business_day(moment) == business_day(now):
        return texts(lang)["today_at"].format(at=at)
    return f"{_day(business_day(moment), lang)} {at}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day(day: date, lang: str) -> str:
    return f"{_MONTHS[day.month - 1]} {day.day}" if lang == "en" else f"{day.month}月{day.day}日"
