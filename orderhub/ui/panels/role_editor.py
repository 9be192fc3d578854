"""Where a role is changed: its rights by scope, what it sees of a row, and what saving would change."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.components.marks import icon
from orderhub.ui.permission_text import FAR_REACHING, FIELDS, PERMISSIONS, SCOPES, scope_of
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.preferences import Preferences
from orderhub.ui.state.role import Roles
from orderhub.ui.text import t

Pair = tuple[str, str]

_ROLE = Roles.page.role
_IS_STILL = Frame.level == "read_only"


def rights_form() -> rx.Component:
    groups = [
        _group(SCOPES[scope], [_right(one, *PERMISSIONS[one]) for one in PERMISSIONS if scope_of(one) == scope])
        for scope in SCOPES
    ]
    sees = [_right(one, *FIELDS[one]) for one in FIELDS]
    return rx.el.form(
        rx.el.h3(t("role_may"), class_name="rights-head"),
        rx.el.div(*groups, class_name="rights-groups"),
        rx.el.h3(t("role_sees"), class_name="rights-head"),
        rx.el.div(*sees, class_name="rights"),
        rx.cond(_ROLE.is_fixed, rx.fragment(), _foot()),
        on_submit=Roles.submit,
        key="rights-" + _ROLE.code + "-" + Roles.turn.to(str),
    )


def said(pair: Pair) -> rx.Var[str]:
    """A text that stands in no table of messages: names of permissions and fields."""
    return rx.cond(Preferences.lang == "en", pair[1], pair[0]).to(str)


def _group(name: Pair, rights: list[rx.Component]) -> rx.Component:
    return rx.el.fieldset(rx.el.legend(said(name)), rx.el.div(*rights, class_name="rights"))


def _right(word: str, name: Pair, explained: Pair) -> rx.Component:
    held = _ROLE.held.contains(str(word))
    is_always = word == Permission.OWN_ACCOUNT
    cannot = ~held & ~_ROLE.mine.contains(str(word))
    box = rx.el.input(
        type="checkbox",
        name=f"right-{word}",
        default_checked=held,
        disabled=_ROLE.is_fixed | cannot | is_always | _IS_STILL,
        class_name="cb",
    )
    why = rx.cond(cannot, rx.el.span(t("role_not_yours"), class_name="m3 f12"))
    if is_always:
        why = rx.el.span(t("role_always"), class_name="m3 f12")
    far = icon("triangle-alert", "xs") if word in FAR_REACHING else rx.fragment()
    return rx.el.label(
        box,
        rx.el.span(
            rx.el.span(said(name), far, class_name="row tight"),
            rx.el.span(said(explained), class_name="m2 f12"),
            why,
        ),
        title=str(word),
        class_name="right",
    )


def _foot() -> rx.Component:
    is_shown = Roles.diff.words.length() > 0
    button = rx.el.button(
        rx.cond(is_shown, t("role_confirm"), t("role_check")),
        type="submit",
        class_name="btn pri",
        disabled=_IS_STILL,
    )
    discard = rx.el.button(t("role_discard"), type="button", class_name="btn", on_click=Roles.discard)
    return rx.el.div(rx.cond(is_shown, _diff()), rx.el.div(button, discard, class_name="row"), class_name="rights-foot")


def _diff() -> rx.Component:
    diff = Roles.diff
    far = rx.el.p(icon("triangle-alert", "s"), t("role_far", rights=diff.far), class_name="row tight red")
    return rx.el.div(
        rx.el.h3(t("role_changes")),
        rx.cond(diff.added.length() > 0, _words("role_added", diff.added, "tag green")),
        rx.cond(diff.taken.length() > 0, _words("role_taken", diff.taken, "tag amber")),
        rx.cond(diff.far != "", far),
        rx.el.p(t("role_felt_n", n=diff.felt), class_name="m2"),
        role="alert",
        class_name="rights-diff",
    )


def _words(name: str, words: rx.Var[list[str]], kind: str) -> rx.Component:
    tags = rx.foreach(words, lambda word: rx.el.span(word, class_name=kind))
    return rx.el.p(rx.el.span(t(name), class_name="b"), tags, class_name="row wraps tight")
