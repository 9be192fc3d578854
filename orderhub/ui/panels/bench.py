"""The table for returns: one field that a scanner writes into, a large answer, and what is good, defective, missing."""

import reflex as rx

from orderhub.domain.words import AftersaleKind
from orderhub.intake.photos import MOST_BYTES
from orderhub.ui.components.controls import native_form
from orderhub.ui.components.marks import channel_mark, icon
from orderhub.ui.inspection_view import PHOTO_PATH, PhotoView, PieceView, PlaceView
from orderhub.ui.state.frame import Frame
from orderhub.ui.state.inspection import Bench
from orderhub.ui.state.packing_table import BAD, DONE
from orderhub.ui.text import label, t

_table = Bench.table
_PICTURES = "image/jpeg,image/png,image/webp"


def bench() -> rx.Component:
    hint = rx.el.p(t("scan_return_hint"), class_name="cardtext m2")
    return rx.el.section(
        rx.el.div(_field(), _answer(), class_name="packhead"),
        rx.cond(_table.id != "", _case(), hint),
        class_name="card pack",
        aria_label=t("bench"),
    )


def photo_grid(photos: rx.Var[list[PhotoView]]) -> rx.Component:
    return rx.cond(
        photos.length() > 0, rx.el.ul(rx.foreach(photos, _photo), class_name="photos", aria_label=t("photos"))
    )


def _field() -> rx.Component:
    """assets/app.js keeps it in focus, so that a scanner's keys never go astray."""
    ask = rx.cond(_table.id != "", t("scan_returned_item"), t("scan_return"))
    return rx.el.form(
        rx.el.label(
            rx.el.span(ask, class_name="m2"),
            rx.el.input(
                name="code",
                class_name="in scan",
                max_length=80,
                auto_complete="off",
                auto_focus=True,
                spell_check=False,
                disabled=Frame.level == "read_only",
                custom_attrs={"data-scan": "", "autocapitalize": "off", "enterkeyhint": "done"},
            ),
            class_name="lab",
        ),
        on_submit=Bench.scan,
        reset_on_submit=True,
    )


def _answer() -> rx.Component:
    picture = rx.match(Bench.answer, (BAD, icon("triangle-alert")), (DONE, icon("square-check")), icon("circle-check"))
    sure = rx.el.button(t("yes_refused"), type="button", class_name="btn", on_click=Bench.take_refused)
    said = rx.el.div(
        picture,
        rx.el.span(Bench.spoken),
        rx.cond(Bench.parcels.length() > 0, sure),
        class_name="answer",
        custom_attrs={"data-answer": Bench.answer, "data-turn": Bench.turn},
    )
    sound = rx.el.button(
        icon("bell", "s"), t("scan_sound"), type="button", class_name="btn ghost", custom_attrs={"data-sound": ""}
    )
    return rx.el.div(
        rx.el.div(rx.cond(Bench.spoken != "", said), role="alert", aria_live="assertive"),
        sound,
        class_name="row wrap",
    )


def _case() -> rx.Component:
    left = rx.cond(_table.left == 0, t("all_is_counted"), t("left_to_count", n=_table.left))
    return rx.fragment(
        rx.el.header(
            rx.el.h2(_table.number),
            rx.el.span(label(AftersaleKind, _table.kind), class_name="tag"),
            channel_mark(_table.channel),
            rx.el.span(_table.order_no, class_name="f12 m2"),
            rx.cond(
                _table.corrects, rx.el.span(icon("undo-2", "xs"), t("inspection_correcting"), class_name="tag amber")
            ),
            rx.el.span(class_name="sp"),
            rx.el.strong(left, class_name="packsum", role="status"),
        ),
        rx.el.ul(rx.foreach(_table.goods, _piece), class_name="benchitems", aria_label=t("return_goods")),
        rx.el.div(
            _button("check", "rest_good", Bench.rest("good")),
            _button("x", "rest_missing", Bench.rest("missing")),
            _button("pause", "lay_aside", Bench.lay_aside),
            class_name="row wrap cardfoot",
        ),
        _photos(),
        _finish(),
    )


def _piece(piece: rx.Var[PieceView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(rx.el.strong(piece.code), rx.el.span(piece.title, class_name="m2 f12"), class_name="mtwo"),
        rx.el.span(
            rx.el.span(t("state_expected"), class_name="m2 f12"), rx.el.strong(piece.expected), class_name="benchsum"
        ),
        _counter(piece, "good", piece.good),
        _counter(piece, "defect", piece.defect),
        _counter(piece, "missing", piece.missing),
        key=piece.key,
    )


def _counter(piece: rx.Var[PieceView], state: str, pieces: rx.Var[int]) -> rx.Component:
    """Typed, or by one with a thumb."""
    name = piece.code.to(str) + " " + t(f"state_{state}")
    closed = Frame.level == "read_only"
    return rx.el.span(
        rx.el.span(t(f"state_{state}"), class_name="m2 f12"),
        rx.el.span(
            rx.el.button(
                "−",
                type="button",
                class_name="btn icon",
                aria_label=name + " " + t("one_less"),
                disabled=closed | (pieces == 0),
                on_click=Bench.step(piece.key, state, -1),
            ),
            rx.el.input(
                type="text",
                max_length=6,
                auto_complete="off",
                value=pieces.to(str),
                input_mode="numeric",
                class_name="in num",
                aria_label=name,
                disabled=closed,
                on_change=lambda text: Bench.count(piece.key, state, text),
            ),
            rx.el.button(
                "+",
                type="button",
                class_name="btn icon",
                aria_label=name + " " + t("one_more"),
                disabled=closed,
                on_click=Bench.step(piece.key, state, 1),
            ),
            class_name="row tight",
        ),
        class_name=f"counter {state}",
    )


def _photos() -> rx.Component:
    """A native form; assets/app.js sends a photo as soon as it is taken, and stops one that is too large."""
    choose = rx.el.label(
        icon("upload"),
        rx.el.span(t("photo_take"), class_name="b"),
        rx.el.span(t("photo_kinds"), class_name="m2 f12"),
        rx.el.input(
            type="file",
            name="file",
            accept=_PICTURES,
            required=True,
            disabled=Frame.level == "read_only",
            aria_label=t("photo_take"),
            custom_attrs={"data-most": str(MOST_BYTES), "capture": "environment"},
        ),
        class_name="dropzone photozone",
    )
    form = native_form(
        rx.el.input(type="hidden", name="case", value=_table.id, read_only=True),
        choose,
        method="post",
        action=PHOTO_PATH,
        enc_type="multipart/form-data",
        custom_attrs={"data-drop": ""},
    )
    return rx.el.div(photo_grid(_table.photos), form, class_name="cardtext benchphotos")


def _photo(photo: rx.Var[PhotoView], index: rx.Var[int]) -> rx.Component:
    picture = rx.el.img(src=photo.href, alt=t("photo_n", n=index + 1), loading="lazy", title=photo.name)
    return rx.el.li(rx.el.a(picture, href=photo.href, target="_blank", rel="noopener"), key=photo.id)


def _finish() -> rx.Component:
    place = rx.el.label(
        t("return_place"),
        rx.el.select(
            rx.foreach(_table.places, _place),
            value=_table.place,
            on_change=Bench.choose_place,
            class_name="in",
            aria_label=t("return_place"),
        ),
        class_name="lab",
    )
    note = rx.el.label(
        t("return_note"),
        rx.el.input(
            name="note",
            class_name="in",
            max_length=200,
            default_value=_table.note,
            placeholder=t("return_note_hint"),
            auto_complete="off",
        ),
        class_name="lab noted",
    )
    done = rx.el.button(
        icon("check", "s"),
        rx.cond(_table.corrects, t("inspection_correct"), t("inspection_done")),
        type="submit",
        class_name="btn pri",
        disabled=(Frame.level == "read_only") | (_table.left != 0),
    )
    return rx.el.form(
        rx.cond(_table.places.length() > 1, place), note, done, on_submit=Bench.finish, class_name="benchdone cardfoot"
    )


def _place(place: rx.Var[PlaceView]) -> rx.Component:
    return rx.el.option(place.name, value=place.id, key=place.id)


def _button(picture: str, name: str, handler: rx.EventHandler | rx.event.EventSpec) -> rx.Component:
    return rx.el.button(
        icon(picture, "s"),
        t(name),
        type="button",
        class_name="btn",
        on_click=handler,
        disabled=Frame.level == "read_only",
    )
