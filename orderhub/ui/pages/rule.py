"""规则: the merchant's own rules, written, tested on stored orders, let through, and taken back."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.rules.versions import VersionState
from orderhub.ui.components.controls import icon_button, if_may, may, native_form, notice_line, popover
from orderhub.ui.components.marks import icon, unread
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.rule_editor import facts_list, may_write, rule_editor
from orderhub.ui.panels.rule_test import test_panel
from orderhub.ui.panels.studio import RULES, studio_tabs
from orderhub.ui.rule_view import DiffView, ItemView, VersionView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.state.rule import Rules
from orderhub.ui.text import label, t

_EXPORT, _IMPORT = f"{RULES.path}/export", f"{RULES.path}/import"
_HOW = ("added", "removed", "changed", "moved")


def page() -> rx.Component:
    return framed(
        STUDIO,
        rx.el.main(
            rx.cond(
                Rules.has_failed,
                unread(Rules.reload),
                rx.fragment(_list(), _middle(), test_panel()),
            ),
            id="content",
            class_name="studio",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=RULES.path, title="规则 · OrderHub", on_load=[Frame.enter, Rules.enter])


def _list() -> rx.Component:
    return rx.el.section(
        rx.el.div(studio_tabs(RULES), class_name="row pad"),
        rx.el.div(
            rx.el.h1(t("studio_rules")),
            rx.el.span(t("rules_top_down"), class_name="m3 f12"),
            rx.el.span(class_name="sp"),
            if_may(Permission.RULE_CHANGE, icon_button("plus", t("rule_new"), kind="", on_click=Rules.add_rule)),
            class_name="row pad",
        ),
        rx.cond(
            Rules.is_loaded,
            rx.el.ol(rx.foreach(Rules.items, _item), class_name="ritems"),
            rx.el.div(*[rx.el.i(class_name="sk w7") for _ in range(5)], class_name="pad skl"),
        ),
        rx.el.div(_files(), facts_list(), class_name="pad rfoot"),
        class_name="rlist",
        aria_label=t("studio_rules"),
    )


def _item(item: rx.Var[ItemView]) -> rx.Component:
    is_here = Rules.chosen.key == item.key
    said = rx.cond(
        item.is_wrong,
        icon("triangle-alert", "s"),
        rx.cond(
            item.is_on,
            rx.cond(item.is_changed, rx.el.span(t("rule_draft"), class_name="tag acc"), rx.el.span(item.hits)),
            rx.el.span(t("rule_off")),
        ),
    )
    return rx.el.li(
        rx.el.button(
            rx.el.span(item.key, class_name="m3 f12 rkey"),
            rx.el.span(item.name, class_name=rx.cond(item.is_on, "el sp", "el sp m3")),
            rx.el.span(said, class_name="f12 m3"),
            type="button",
            class_name=rx.cond(is_here, "ri cur", "ri"),
            custom_attrs={"aria-current": rx.cond(is_here, "true", "false")},
            on_click=Rules.choose(item.key),
        ),
        key=item.key,
    )


def _files() -> rx.Component:
    """YAML out and in by native forms: a file never passes through an event."""
    return rx.el.div(
        native_form(
            rx.el.button(icon("download", "s"), t("rule_export"), type="submit", class_name="btn"),
            method="get",
            action=_EXPORT,
        ),
        rx.cond(
            may_write(),
            popover(
                rx.el.summary(icon("up", "s"), t("rule_import"), class_name="btn"),
                native_form(
                    rx.el.label(
                        t("rule_file"),
                        rx.el.input(type="file", name="file", accept=".yaml,.yml,text/yaml", required=True),
                        class_name="lab",
                    ),
                    rx.el.button(t("rule_import"), type="submit", class_name="btn pri"),
                    method="post",
                    action=_IMPORT,
                    enc_type="multipart/form-data",
                ),
                side="above",
            ),
        ),
        class_name="row rfiles",
    )


def _middle() -> rx.Component:
    return rx.el.section(
        rx.el.div(_versions(), _acts(), class_name="vbar"),
        notice_line(Rules.said, Rules.is_refusal, Rules.dismiss),
        rx.cond(Rules.compared != "", _diff()),
        rx.cond(Rules.is_loaded, rule_editor()),
        class_name="redit",
        aria_label=t("rule_choose"),
    )


def _versions() -> rx.Component:
    stand = Rules.stand
    return rx.el.ol(rx.foreach(stand.versions, _version), class_name="vers", aria_label=t("rule_versions"))


def _version(one: rx.Var[VersionView]) -> rx.Component:
    is_live = one.state == str(VersionState.LIVE)
    is_open = (one.number == Rules.stand.draft) & (Rules.stand.draft > 0)
    kind = rx.cond(is_live, "ver live", rx.cond(is_open, "ver cur", "ver"))
    name = rx.el.span(
        rx.cond(is_live, rx.el.span(class_name="dot")),
        "v",
        one.no,
        " ",
        rx.cond(one.no == "0", t("rule_shipped"), label(VersionState, one.state)),
    )
    back = rx.el.button(
        icon("rotate", "s"),
        t("rule_roll_back", n=one.no),
        type="button",
        class_name="item",
        on_click=Rules.roll_back(one.number),
        disabled=Frame.level == "read_only",
    )
    compare = rx.el.button(
        icon("branch", "s"),
        t("rule_compare"),
        type="button",
        class_name="item",
        on_click=Rules.compare(one.number),
    )
    return rx.el.li(
        popover(
            rx.el.summary(name, class_name=kind),
            rx.cond(one.by != "", rx.el.div(t("rule_changed_by", who=one.by, at=one.at), class_name="empty")),
            compare,
            rx.cond((one.state == str(VersionState.RETIRED)) & may(Permission.RULE_APPROVE), back),
        ),
        key=one.number,
    )


def _acts() -> rx.Component:
    stand, is_locked = Rules.stand, Frame.level == "read_only"
    has_draft = (stand.draft > 0) & ~Rules.is_dirty
    waits = stand.state == str(VersionState.SUBMITTED)
    changed = t("rule_changed_by", who=stand.by, at=stand.at)
    is_approved = stand.state == str(VersionState.APPROVED)
    return rx.el.div(
        rx.cond(
            Rules.is_dirty,
            rx.el.span(t("rule_unsaved"), class_name="f12 amber"),
            rx.cond(
                stand.draft > 0,
                rx.el.span(changed, class_name="f12 m3 hide-phone"),
            ),
        ),
        rx.el.span(class_name="sp"),
        rx.cond(
            may_write(),
            rx.fragment(
                rx.cond(has_draft, _act("rule_discard", Rules.discard, kind="btn ghost")),
                rx.cond(
                    Rules.is_dirty,
                    rx.el.button(
                        t("rule_save"),
                        type="button",
                        class_name="btn pri",
                        on_click=Rules.save,
                        disabled=~Rules.is_whole | is_locked,
                    ),
                ),
                rx.cond(
                    has_draft & Rules.needs_approval & (stand.state == str(VersionState.DRAFT)),
                    _act("rule_submit", Rules.submit, kind="btn pri"),
                ),
            ),
        ),
        rx.cond(
            may(Permission.RULE_APPROVE) & has_draft,
            rx.fragment(
                rx.cond(waits, _act("rule_approve", Rules.approve, kind="btn pri")),
                rx.cond(
                    is_approved | ~Rules.needs_approval,
                    rx.el.button(
                        t("rule_go_live", n=stand.draft),
                        type="button",
                        class_name="btn pri",
                        on_click=Rules.go_live,
                        disabled=is_locked,
                    ),
                ),
            ),
        ),
        class_name="row acts",
    )


def _act(name: str, event: object, *, kind: str = "btn") -> rx.Component:
    return rx.el.button(t(name), type="button", class_name=kind, on_click=event, disabled=Frame.level == "read_only")


def _diff() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("rule_compared", before=Rules.compared, after=t("backtest_this_draft"))),
            rx.el.span(class_name="sp"),
            icon_button("x", t("close"), on_click=Rules.compare(Rules.compared.to(int))),
            class_name="row",
        ),
        rx.cond(
            Rules.diff.length() > 0,
            rx.el.ul(rx.foreach(Rules.diff, _difference), class_name="vdiff"),
            rx.el.p(t("rule_same"), class_name="m2"),
        ),
        class_name="blk cmp",
        aria_label=t("rule_compare"),
    )


def _difference(one: rx.Var[DiffView]) -> rx.Component:
    how = rx.match(one.how, *[(word, t(f"rule_{word}")) for word in _HOW], "")
    was = rx.cond(Preferences.lang == "en", one.was_en, one.was_zh)
    now = rx.cond(Preferences.lang == "en", one.is_en, one.is_zh)
    return rx.el.li(
        rx.el.div(
            rx.el.span(how, class_name="tag acc"),
            rx.el.span(one.key, class_name="m3 f12"),
            rx.el.span(one.name, class_name="b"),
            class_name="row tight",
        ),
        rx.cond(was != "", rx.el.p(rx.el.del_(was), class_name="f12 m3")),
        rx.cond(now != "", rx.el.p(rx.el.ins(now), class_name="f12")),
        key=one.key,
    )
