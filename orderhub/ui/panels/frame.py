"""What stands around every page: the menu, the top bar, what to know about the connection."""

from dataclasses import dataclass

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from orderhub.access.permissions import Permission, Role
from orderhub.ui.components.controls import icon_button, link, may, native_form, popover
from orderhub.ui.components.marks import age_mark, channel_mark, icon
from orderhub.ui.figures import ChannelSync
from orderhub.ui.gate import Who
from orderhub.ui.panels.bell import bell
from orderhub.ui.panels.keys import keys_dialog
from orderhub.ui.panels.level import level_line, level_mark
from orderhub.ui.panels.place import place_notes
from orderhub.ui.panels.proof import proof_dialog
from orderhub.ui.panels.search import search_field
from orderhub.ui.state.frame import Frame, Mine
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.text import label, t


@dataclass(frozen=True)
class Entry:
    """A place in the menu; ``counter`` names the figure that waits for it."""

    key: str
    path: str
    picture: str
    permission: Permission
    counter: str = ""
    is_hot: bool = False


ORDERS = Entry("orders", "/orders", "list", Permission.BOARD_READ, "orders")
REVIEW = Entry("review", "/review", "eye", Permission.BOARD_READ, "review")
IMPORT = Entry("import_orders", "/import", "upload", Permission.ORDER_IMPORT)
ANOMALIES = Entry("anomalies", "/anomalies", "triangle-alert", Permission.ANOMALY_READ, "anomalies", is_hot=True)
LADDER = Entry("desk_ladder", "/anomalies/ladder", "sliders", Permission.ESCALATION_CHANGE)
TASKS = Entry("tasks", "/tasks", "square-check", Permission.WORKBENCH_READ, "tasks")
AFTERSALE = Entry("aftersale", "/aftersale", "undo-2", Permission.AFTERSALE_READ)
SERVICE = Entry("service", "/service", "message", Permission.TICKET_READ)
INTERCEPTION = Entry("interception", "/interception", "pause", Permission.AFTERSALE_READ)
WAREHOUSE = Entry("warehouse_page", "/warehouse", "package", Permission.ORDER_SHIP)
RETURNS = Entry("returns_page", "/returns", "undo-2", Permission.RETURN_INSPECT)
OUTBOX = Entry("outbox", "/outbox", "truck", Permission.OUTBOX_READ)
NOTICES = Entry("notices", "/notices", "bell", Permission.NOTICE_READ)
STOCK = Entry("stock", "/stock", "boxes", Permission.STOCK_READ)
FORECAST = Entry("forecast", "/forecast", "trend", Permission.FORECAST_READ)
WORKBENCH = Entry("workbench", "/", "house", Permission.WORKBENCH_READ)
LEDGER = Entry("ledger", "/ledger", "square-check", Permission.SYSTEM_READ)
FINANCE = Entry("finance", "/finance", "circle-check", Permission.REFUND_REVIEW)
SETTLEMENT = Entry("settlement", "/settlement", "list", Permission.SETTLEMENT_READ)
FREIGHT = Entry("freight", "/freight", "truck", Permission.SETTLEMENT_READ)
SUPPLIERS = Entry("suppliers", "/suppliers", "store", Permission.SUPPLIER_READ)
PURCHASES = Entry("purchases", "/purchases", "truck", Permission.SUPPLIER_READ)
REPLENISHMENT = Entry("replenishment", "/replenishment", "boxes", Permission.SUPPLIER_READ)
REPORTS = Entry("reports", "/reports", "chart", Permission.REPORT_READ)
STUDIO = Entry("studio", "/studio/rules", "sliders", Permission.RULE_READ)
SYSTEM = Entry("system", "/system", "server", Permission.SYSTEM_READ)
MONITOR = Entry("monitor", "/monitor", "trend", Permission.SYSTEM_READ)
AUDIT = Entry("audit", "/audit", "list", Permission.AUDIT_READ)
USERS = Entry("users", "/users", "user-plus", Permission.USER_ADMIN)
ROLES = Entry("roles", "/users/roles", "user-plus", Permission.ROLE_CHANGE)
ACCESS_REVIEW = Entry("access_review", "/users/review", "user-plus", Permission.USER_ADMIN)
ACCOUNT = Entry("account", "/account", "user", Permission.OWN_ACCOUNT)

GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (WORKBENCH,)),
    ("fulfilment", (ORDERS, REVIEW, WAREHOUSE, RETURNS, STOCK, OUTBOX, IMPORT)),
    ("handling", (AFTERSALE, SERVICE, INTERCEPTION, ANOMALIES, TASKS, LEDGER, NOTICES)),
    ("business", (REPORTS, FORECAST, REPLENISHMENT, SUPPLIERS, PURCHASES, FINANCE, SETTLEMENT, FREIGHT)),
    ("setup", (STUDIO, SYSTEM, MONITOR, AUDIT, USERS, ACCOUNT)),
)


def framed(page: Entry, *content: rx.Component) -> rx.Component:
    """``content`` within the frame, for whoever may see ``page``."""
    return rx.el.div(
        rx.el.a(t("skip"), href="#content", class_name="skip"),
        _rail(page),
        rx.el.div(
            _top(),
            rx.el.div(_connection(), _refusal(), level_line(), place_notes()),
            rx.cond(
                (Who.name == "") | may(page.permission),
                rx.fragment(*content),
                _forbidden(page.permission),
            ),
            class_name="main",
        ),
        _bottom(page),
        keys_dialog(),
        proof_dialog(),
        class_name="app",
        custom_attrs={"data-hides": Who.hides},
        lang=rx.cond(Preferences.lang == "en", "en", "zh-CN"),
    )


def _rail(page: Entry) -> rx.Component:
    return rx.el.aside(
        rx.el.div(
            rx.el.span(icon("flow"), class_name="logo"), rx.el.span("OrderHub", class_name="bt"), class_name="brand"
        ),
        rx.el.nav(*[_group(title, entries, page) for title, entries in GROUPS], aria_label=t("main_menu")),
        rx.el.div(
            rx.el.button(
                icon("panel"),
                rx.el.span(t("collapse")),
                type="button",
                class_name="fold",
                aria_label=t("collapse_menu"),
                custom_attrs={"data-fold": ""},
            ),
            class_name="foot",
        ),
        class_name="rail",
    )


def _group(title: str, entries: tuple[Entry, ...], page: Entry) -> rx.Component:
    caption = rx.el.div(rx.el.span(t(title)), class_name="cap") if title else rx.fragment()
    return rx.fragment(caption, *[rx.cond(may(entry.permission), _entry(entry, page)) for entry in entries])


def _entry(entry: Entry, page: Entry) -> rx.Component:
    attributes = {"aria-current": "page"} if entry is page else {}
    return link(
        icon(entry.picture),
        rx.el.span(t(entry.key)),
        _counter(entry),
        to=entry.path,
        title=t(entry.key),
        custom_attrs=attributes,
    )


def _counter(entry: Entry) -> rx.Component:
    if not entry.counter:
        return rx.fragment()
    count = Mine.tasks if entry is TASKS else getattr(Frame.counters, entry.counter)
    return rx.cond(count != "", rx.el.span(count, class_name="n hot" if entry.is_hot else "n"))


def _bottom(page: Entry) -> rx.Component:
    """A phone's menu: what is used all day, and the rest behind one more."""
    first = (WORKBENCH, ORDERS, ANOMALIES, REPORTS)
    rest = tuple(entry for _, entries in GROUPS for entry in entries if entry not in first)
    more = rx.el.summary(
        icon("more"), rx.el.span(t("more")), custom_attrs={"aria-current": "page"} if page in rest else {}
    )
    return rx.el.nav(
        *[rx.cond(may(entry.permission), _entry_below(entry, page)) for entry in first],
        popover(more, *[rx.cond(may(entry.permission), _entry(entry, page)) for entry in rest], side="above right"),
        class_name="pnav",
        aria_label=t("main_menu"),
    )


def _entry_below(entry: Entry, page: Entry) -> rx.Component:
    attributes = {"aria-current": "page"} if entry is page else {}
    count = _counter(entry) if entry.is_hot else rx.fragment()
    return link(icon(entry.picture), rx.el.span(t(entry.key)), count, to=entry.path, custom_attrs=attributes)


def _top() -> rx.Component:
    return rx.el.header(
        search_field(),
        rx.el.span(class_name="sp hide-phone"),
        rx.el.span(
            rx.el.span(t("sync"), class_name="m3"),
            rx.foreach(Frame.syncs, _sync),
            class_name="sync",
            role="group",
            aria_label=t("sync_health"),
        ),
        rx.el.span(class_name="vr"),
        level_mark(),
        rx.el.span(class_name="vr"),
        rx.el.span(
            rx.el.button(
                t("other_language"),
                type="button",
                class_name="btn ghost",
                aria_label=t("switch_language"),
                on_click=Preferences.switch_language,
            ),
            rx.el.button(
                rx.color_mode_cond(icon("moon"), icon("sun")),
                type="button",
                class_name="btn ghost icon",
                aria_label=t("colour_mode"),
                on_click=rx.toggle_color_mode,
            ),
            class_name="row tight hide-phone",
        ),
        bell(),
        _user_menu(),
        class_name="top",
    )


def _sync(sync: rx.Var[ChannelSync]) -> rx.Component:
    age = rx.cond(
        sync.oldest != "",
        age_mark(sync.oldest, just_now=True),
        rx.el.span(t("sync_never")),
    )
    warned = sync.is_troubled
    return rx.el.span(
        channel_mark(sync.channel),
        age,
        rx.cond(warned, icon("triangle-alert", "xs")),
        class_name=rx.cond(warned, "i amber b", "i"),
        title=t("sync_title"),
    )


def _user_menu() -> rx.Component:
    name = rx.cond(Who.display_name != "", Who.display_name, Who.name)
    summary = rx.el.summary(
        rx.el.span(name.to(str)[0], class_name="avatar"),
        rx.el.span(name, class_name="hide-phone"),
        rx.el.span(rx.cond(Who.role_name != "", Who.role_name, label(Role, Who.role)), class_name="m3 f12 hide-phone"),
        class_name="user",
        aria_label=t("user_menu"),
    )
    return popover(
        summary,
        link(icon("user", "s"), t("account"), to="/account"),
        rx.el.button(
            icon("sun", "s"),
            t("colour_mode"),
            type="button",
            class_name="item only-phone",
            on_click=rx.toggle_color_mode,
        ),
        rx.el.button(
            icon("message", "s"),
            t("other_language"),
            type="button",
            class_name="item only-phone",
            on_click=Preferences.switch_language,
        ),
        rx.el.hr(),
        native_form(
            rx.el.button(icon("log-out", "s"), t("log_out"), type="submit", class_name="item"),
            method="post",
            action="/logout",
            class_name="bare",
        ),
        side="right",
    )


def _connection() -> rx.Component:
    read_at = age_mark(Frame.read_at)
    before, after = t("connection_lost_before"), t("connection_lost_after")
    return rx.cond(
        has_connection_errors,
        rx.el.div(icon("wifi-off", "s"), rx.el.span(before, read_at, after), class_name="state-bar", role="alert"),
    )


def _refusal() -> rx.Component:
    return rx.cond(
        Who.refused != "",
        rx.el.div(
            icon("info", "s"),
            rx.el.span(t("no_permission", needed=Who.refused)),
            rx.el.span(class_name="sp"),
            icon_button("x", t("dismiss"), on_click=Who.dismiss),
            class_name="state-bar",
            role="alert",
        ),
    )


def _forbidden(permission: Permission) -> rx.Component:
    return rx.el.main(
        rx.el.div(
            icon("info"),
            rx.el.h1(t("no_permission", needed=str(permission)), style={"font-size": "14px"}),
            rx.el.p(t("no_permission_hint")),
            class_name="void",
        ),
        id="content",
        class_name="page",
    )
