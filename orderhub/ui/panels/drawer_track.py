"""物流: where the open order's parcels are, when they arrive, and the link that shows their buyer the same."""

import reflex as rx

from orderhub.domain.expected_arrival import Basis, Outlook
from orderhub.domain.silence import TrackAlarm
from orderhub.domain.words import AftersaleKind, ScanNode
from orderhub.ui.components.marks import icon
from orderhub.ui.state.card import Card
from orderhub.ui.text import label, t
from orderhub.ui.track_view import ScanView, TrackView


def tracks() -> rx.Component:
    found = Card.card.tracks
    return rx.cond(
        found.length() > 0,
        rx.el.ul(rx.foreach(found, _track), class_name="tracks"),
        rx.el.p(t("no_parcels"), class_name="m3 f12"),
    )


def _track(one: rx.Var[TrackView]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(one.carrier, class_name="m2"),
            rx.el.span(one.no, class_name="b"),
            rx.cond(one.mark != "", rx.el.span(label(AftersaleKind, one.mark), class_name="tag")),
            _copy("copy", "copy_waybill", one.no),
            rx.el.span(class_name="sp"),
            rx.el.span(one.shipped, class_name="m3"),
            class_name="row f12 wrap",
        ),
        rx.cond(one.link != "", _standing(one), rx.el.p(t("track_not_followed"), class_name="m3 f12")),
        rx.cond(one.scans.length() > 0, _scans(one)),
        key=one.no,
    )


def _standing(one: rx.Var[TrackView]) -> rx.Component:
    tone = rx.match(
        one.node,
        (str(ScanNode.DELIVERED), "tag green"),
        (str(ScanNode.PROBLEM), "tag red"),
        (str(ScanNode.REFUSED), "tag red"),
        (str(ScanNode.RETURNING), "tag amber"),
        ("", "tag"),
        "tag acc",
    )
    node = rx.cond(one.node != "", label(ScanNode, one.node), t("track_none"))
    alarm = rx.el.span(icon("triangle-alert", "xs"), label(TrackAlarm, one.alarm), class_name="tag amber")
    return rx.el.div(
        rx.el.span(node, class_name=tone),
        rx.cond(one.alarm != "", alarm),
        _expected(one),
        rx.el.span(class_name="sp"),
        rx.el.button(
            icon("copy", "s"),
            t("track_copy_link"),
            type="button",
            class_name="btn copy",
            custom_attrs={"data-copy": one.link, "data-done": t("copied")},
        ),
        class_name="row f12 wrap",
    )


def _expected(one: rx.Var[TrackView]) -> rx.Component:
    """The days, and on hovering from which parcels they are reckoned."""
    why = rx.cond(one.basis != "", t("eta_basis", n=one.past) + " · " + label(Basis, one.basis), "")
    days = rx.cond(one.last != "", t("eta_days", first=one.first, last=one.last), t("eta_day", first=one.first))
    said = rx.match(
        one.outlook,
        (str(Outlook.TODAY), rx.el.span(t("eta_today"), class_name="b")),
        (str(Outlook.DAYS), rx.el.span(days)),
        (str(Outlook.LATE), rx.el.span(icon("clock", "xs"), t("eta_late"), class_name="row tight amber")),
        (str(Outlook.UNKNOWN), rx.el.span(t("eta_unknown"), class_name="m3")),
        rx.fragment(),
    )
    return rx.el.span(said, title=why, class_name="eta")


def _scans(one: rx.Var[TrackView]) -> rx.Component:
    summary = rx.el.summary(
        t("track_scans_n", n=one.scans.length()), " · ", t("track_seen", at=one.seen), class_name="m2 f12"
    )
    return rx.el.details(summary, rx.el.ol(rx.foreach(one.scans, _scan), class_name="tl"), class_name="scans")


def _scan(scan: rx.Var[ScanView]) -> rx.Component:
    return rx.el.li(
        rx.el.time(scan.at, title=scan.exact),
        rx.el.i(),
        rx.el.span(
            rx.cond(scan.node != "", rx.el.span(label(ScanNode, scan.node), " ", class_name="b")),
            rx.el.span(scan.text, class_name="m2"),
        ),
    )


def _copy(picture: str, name: str, text: rx.Var[str]) -> rx.Component:
    return rx.el.button(
        icon(picture, "xs"),
        type="button",
        class_name="btn ghost icon",
        aria_label=t(name),
        title=t(name),
        custom_attrs={"data-copy": text},
    )
