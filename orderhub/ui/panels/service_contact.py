"""客服联系方式: whom the buyer's page of a parcel names."""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.components.controls import if_may, notice_line
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.service_contact import Contact
from orderhub.ui.text import t


def contact_section() -> rx.Component:
    form = rx.el.form(
        _field("contact_name", "name", Contact.name, 64),
        _field("contact_phone", "phone", Contact.phone, 32, input_mode="tel"),
        _field("contact_words", "words", Contact.words, 120),
        rx.el.button(t("save"), type="submit", class_name="btn pri", disabled=Frame.level == "read_only"),
        on_submit=Contact.save,
        class_name="fields across",
        key="contact-" + Contact.saved.to_string() + Contact.name + Contact.phone + Contact.words,
    )
    section = rx.el.section(
        rx.el.header(rx.el.h2(t("contact_title"))),
        rx.el.p(t("contact_hint"), class_name="para m2 cardtext"),
        notice_line(Contact.said, Contact.is_refusal, Contact.dismiss),
        form,
        class_name="card",
        aria_label=t("contact_title"),
    )
    return if_may(Permission.CONTACT_CHANGE, section)


def _field(name: str, key: str, value: rx.Var[str], most: int, **options: str) -> rx.Component:
    box = rx.el.input(name=key, class_name="in", auto_complete="off", default_value=value, max_length=most, **options)
    return rx.el.label(t(name), box, class_name="lab")
