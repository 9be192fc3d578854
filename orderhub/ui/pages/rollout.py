"""灰度: every shop's level, and one shop's present system set against the hub."""

from typing import Any

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.domain.former import Difference, Stage
from orderhub.domain.shop import ReservesAt, Rollout
from orderhub.ui.components.cards import card, table, table_or
from orderhub.ui.components.controls import cell, if_may, link, native_form, notice_line
from orderhub.ui.components.marks import age_mark, channel_mark, icon, none_mark, unread, void
from orderhub.ui.panels.frame import STUDIO, framed
from orderhub.ui.panels.studio import ROLLOUT, studio_tabs
from orderhub.ui.rollout_view import PATH, DifferenceView, MeasureView, ShopLevelView, StepView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.rollout import RolloutPage
from orderhub.ui.text import actor_name, label, t

_SHOP_COLUMNS = (
    ("shop", ""),
    ("rollout_level", ""),
    ("rollout_since", ""),
    ("rollout_sample", "num"),
    ("rollout_divergence", "num"),
    ("rollout_error_rate", "num"),
    ("", ""),
)
_DIFFERENCE_COLUMNS = (("number", ""), ("rollout_field", ""), ("rollout_old", ""), ("rollout_new", ""))
_STEP_COLUMNS = (("age", ""), ("rollout_level", ""), ("reason", ""), ("rollout_by", ""))


def page() -> rx.Component:
    view = RolloutPage.view
    return framed(
        STUDIO,
        rx.el.main(
            studio_tabs(ROLLOUT),
            rx.el.div(rx.el.h1(t("studio_rollout")), class_name="ph"),
            notice_line(RolloutPage.said, RolloutPage.is_refusal, RolloutPage.dismiss),
            rx.cond(
                RolloutPage.has_failed,
                unread(RolloutPage.enter),
                rx.fragment(
                    _shops(),
                    rx.cond(
                        view.code != "",
                        rx.fragment(_comparison(), if_may(Permission.ROLLOUT_CHANGE, _forms()), _differing(), _steps()),
                    ),
                ),
            ),
            id="content",
            class_name="page",
        ),
    )


def add(app: rx.App) -> None:
    app.add_page(page, route=PATH, title="灰度 · OrderHub", on_load=[Frame.enter, RolloutPage.enter])


def _shops() -> rx.Component:
    shops = RolloutPage.view.shops
    nothing = void("store", "no_shops", "no_shops_hint")
    said = rx.el.p(t("rollout_hint"), " ", t("rollout_limits"), class_name="para m2 cardtext")
    shown = table_or(nothing, "shops", _SHOP_COLUMNS, shops, _shop, is_loaded=RolloutPage.is_loaded)
    return card("shops", said, shown)


def _shop(shop: rx.Var[ShopLevelView]) -> rx.Component:
    compare = link(
        t("rollout_compare"),
        to=shop.href,
        class_name="btn",
        custom_attrs={"aria-current": rx.cond(shop.is_chosen, "true", "false")},
    )
    since = rx.el.span(age_mark(shop.since), title=shop.since_exact)
    return rx.el.tr(
        rx.el.td(rx.el.span(channel_mark(shop.channel), shop.name, class_name="row")),
        cell("rollout_level", _level(shop.level, shop.percent)),
        cell("rollout_since", since, class_name="m2"),
        cell("rollout_sample", shop.sample, class_name="num"),
        cell("rollout_divergence", _or_none(shop.divergence), class_name="num"),
        cell("rollout_error_rate", _or_none(shop.failure), class_name="num"),
        rx.el.td(compare, class_name="num"),
        key=shop.code,
    )


def _level(level: rx.Var[str], percent: rx.Var[str]) -> rx.Component:
    picture = rx.match(
        level,
        (str(Rollout.OFF), icon("pause", "xs")),
        (str(Rollout.SHADOW), icon("eye", "xs")),
        (str(Rollout.PILOT), icon("branch", "xs")),
        icon("play", "xs"),
    )
    return rx.el.span(picture, label(Rollout, level), " ", percent, class_name="row tight")


def _or_none(text: rx.Var[str]) -> rx.Component:
    return rx.cond(text != "", text, none_mark())


def _comparison() -> rx.Component:
    view = RolloutPage.view
    columns = (("rollout_measure", ""), ("rollout_old", "num"), ("rollout_new", "num"))
    divergence = rx.el.span(t("rollout_divergence"), "：", _or_none(view.divergence), class_name="row m2 cardtext")
    return rx.el.section(
        rx.el.header(
            rx.el.h2(view.name),
            _level(view.level, rx.cond(view.percent != "", f"{view.percent} %", "")),
            class_name="row",
        ),
        table("rollout_compare", columns, view.measures, _measure),
        divergence,
        class_name="card",
        aria_label=t("rollout_compare"),
    )


def _measure(measure: rx.Var[MeasureView]) -> rx.Component:
    name = rx.match(
        measure.key,
        ("rollout_handling", t("rollout_handling")),
        ("rollout_deciding", t("rollout_deciding")),
        ("rollout_anomaly_rate", t("rollout_anomaly_rate")),
        ("rollout_error_rate", t("rollout_error_rate")),
        t("rollout_sample"),
    )
    return rx.el.tr(
        rx.el.td(name),
        cell("rollout_old", _or_none(measure.old), class_name="num"),
        cell("rollout_new", _or_none(measure.new), class_name="num b"),
        key=measure.key,
    )


def _forms() -> rx.Component:
    return rx.fragment(_change(), _upload(), _plan(), _reserving())


def _of_shop() -> rx.Component:
    return rx.el.input(type="hidden", name="shop", value=RolloutPage.view.code, read_only=True)


def _field(name: str, key: str, **options: Any) -> rx.Component:
    return rx.el.label(
        t(name), rx.el.input(name=key, class_name="in", auto_complete="off", **options), class_name="lab"
    )


def _submit(name: str, picture: str) -> rx.Component:
    is_locked = Frame.level == "read_only"
    return rx.el.button(icon(picture, "s"), t(name), type="submit", class_name="btn pri", disabled=is_locked)


def _change() -> rx.Component:
    view = RolloutPage.view
    level = rx.el.select(
        *[rx.el.option(label(Rollout, rx.Var.create(str(one))), value=str(one)) for one in Rollout],
        name="level",
        default_value=view.level,
        class_name="in",
    )
    form = rx.el.form(
        _of_shop(),
        rx.el.label(t("rollout_level"), level, class_name="lab"),
        _field("rollout_percent", "percent", type="number", min=1, max=99, default_value=view.percent),
        _field("rollout_reason", "reason", max_length=200, required=True),
        _submit("rollout_set", "check"),
        on_submit=RolloutPage.change,
        reset_on_submit=True,
        class_name="fields across",
        key=f"change-{view.code}-{view.level}-{view.percent}",
    )
    return card("rollout_set", form)


def _upload() -> rx.Component:
    form = native_form(
        _of_shop(),
        rx.el.label(
            t("rollout_file"),
            rx.el.input(type="file", name="file", accept=".csv,.tsv,.txt", required=True, class_name="in"),
            class_name="lab",
        ),
        _submit("rollout_send", "up"),
        method="post",
        action=f"{PATH}/export",
        enc_type="multipart/form-data",
        class_name="fields across",
    )
    hint = rx.el.p(t("rollout_upload_hint"), class_name="para m2 cardtext")
    return card("rollout_upload", hint, form)


def _plan() -> rx.Component:
    view = RolloutPage.view
    form = rx.el.form(
        _of_shop(),
        _field("rollout_warehouse", "warehouse", max_length=64, default_value=view.warehouse),
        _field("rollout_carrier", "carrier", max_length=64, default_value=view.carrier),
        _submit("save", "check"),
        on_submit=RolloutPage.plan,
        class_name="fields across",
        key=f"plan-{view.code}-{view.warehouse}-{view.carrier}",
    )
    return card("rollout_plan", rx.el.p(t("rollout_plan_hint"), class_name="para m2 cardtext"), form)


def _reserving() -> rx.Component:
    view = RolloutPage.view
    words = [rx.el.option(label(ReservesAt, rx.Var.create(str(one))), value=str(one)) for one in ReservesAt]
    choice = rx.el.select(*words, name="reserves_at", default_value=view.reserves_at, class_name="in")
    form = rx.el.form(
        _of_shop(),
        rx.el.label(t("reserving_at"), choice, class_name="lab"),
        _field("reserving_minutes", "minutes", type="number", min=5, max=10080, default_value=view.unpaid_minutes),
        _submit("save", "check"),
        on_submit=RolloutPage.reserving,
        class_name="fields across",
        key=f"reserving-{view.code}-{view.reserves_at}-{view.unpaid_minutes}",
    )
    return card("reserving", rx.el.p(t("reserving_hint"), class_name="para m2 cardtext"), form)


def _differing() -> rx.Component:
    rows = RolloutPage.view.differences
    found = table("rollout_differing", _DIFFERENCE_COLUMNS, rows, _difference)
    nothing = void("circle-check", "rollout_differing_none", "rollout_differing_hint")
    return card("rollout_differing", rx.cond(rows.length() > 0, found, nothing))


def _difference(one: rx.Var[DifferenceView]) -> rx.Component:
    number = rx.cond(one.href != "", link(one.no, to=one.href, class_name="f12"), rx.el.span(one.no, class_name="f12"))
    ours = rx.cond(one.stage != "", label(Stage, one.stage), _or_none(one.new))
    return rx.el.tr(
        rx.el.td(number),
        cell("rollout_field", label(Difference, one.name)),
        cell("rollout_old", _or_none(one.old)),
        cell("rollout_new", ours),
        key=one.id,
    )


def _steps() -> rx.Component:
    rows = RolloutPage.view.steps
    steps = table("rollout_steps", _STEP_COLUMNS, rows, _step)
    return card("rollout_steps", rx.cond(rows.length() > 0, steps, void("clock", "rollout_steps_none")))


def _step(step: rx.Var[StepView]) -> rx.Component:
    moved = rx.el.span(
        label(Rollout, step.source), " → ", label(Rollout, step.target), " ", step.percent, class_name="row tight"
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(age_mark(step.at), title=step.at_exact, class_name="m2")),
        cell("rollout_level", moved),
        cell("reason", step.reason, class_name="wrapcell"),
        cell("rollout_by", actor_name(step.actor), class_name="m2"),
        key=step.id,
    )
