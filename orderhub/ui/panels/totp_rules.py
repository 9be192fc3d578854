"""For each role: must its people have a second factor?"""

import reflex as rx

from orderhub.access.permissions import Role
from orderhub.ui.components.controls import notice_line
from orderhub.ui.state.totp_rule import RuleView, TotpRules
from orderhub.ui.text import label, t


def totp_rules() -> rx.Component:
    return rx.el.section(
        rx.el.header(rx.el.h2(t("totp_rules"))),
        rx.el.p(t("totp_rules_hint"), class_name="para m2 cardtext"),
        rx.cond(TotpRules.is_off, rx.el.p(t("totp_rules_off"), class_name="para amber cardtext")),
        notice_line(TotpRules.said, TotpRules.is_refusal, TotpRules.dismiss),
        rx.el.div(rx.foreach(TotpRules.rows, _rule), class_name="row cardtext", style={"flexWrap": "wrap"}),
        class_name="card",
        aria_label=t("totp_rules"),
    )


def _rule(rule: rx.Var[RuleView]) -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        checked=rule.is_required,
        disabled=rule.role == str(Role.ADMIN),
        on_change=lambda checked: TotpRules.change(rule.role, checked),
    )
    return rx.el.label(box, label(Role, rule.role), key=rule.role, class_name="row tight")
