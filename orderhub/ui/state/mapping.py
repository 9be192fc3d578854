"""Which channel's mappings does this tab look at, and what is being tried and changed there?"""

import asyncio
from typing import Any

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.custom_field import FieldType, archive, define
from orderhub.domain.words import Channel
from orderhub.intake.mapping import rerun
from orderhub.intake.mapping.document import read_document, take_in
from orderhub.intake.mapping.source_fields import mark_seen
from orderhub.intake.mapping.versions import drop_draft, move, publish, put, roll_back, take_out
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.ui import live
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.mapping_reads import (
    load_differences,
    load_document,
    load_form,
    load_mapping,
    load_paths,
    load_preview,
)
from orderhub.ui.mapping_view import EMPTY, PARTS, DifferenceLine, MappingView, PathLine, PreviewLine, mapping_of
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.refusals import refusal_text
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Change, Telling
from orderhub.ui.words import tr

_GAP_SECONDS, _PATHS_GAP_SECONDS = 2.0, 15.0
_LOOK_SECONDS = 0.4
_LONGEST_PART = 5_000


class Mapping(Shown, Telling, rx.State):
    """``editing`` is the name of the mapping in the editor, empty for a new one; ``form`` what stands in it.

    ``against`` is the version that the draft is compared with, empty while nothing is compared.
    """

    view: MappingView = MappingView()
    form: dict[str, str] = EMPTY
    editing: str = ""
    is_open: bool = False
    problem: str = ""
    preview: list[PreviewLine] = []
    made_count: str = "0"
    bad_count: str = "0"
    paths: list[PathLine] = []
    wanted_path: str = ""
    against: str = ""
    compared: list[DifferenceLine] = []

    @rx.event
    @needs(Permission.MAPPING_READ)
    async def enter(self) -> None:
        """The address names the channel."""
        channel = _channel(self.router.url.query_parameters.get("channel", ""))
        if channel != self.view.channel:
            self.said, self.against, self.compared = "", "", []
            self._shut()
        await self._read(channel)
        seen = live.revision()
        self.paths = (await off_loop(load_paths, channel))["paths"]
        await live.show(self, "paths", paths_scene(channel), seen=seen)

    @rx.event
    @needs(Permission.MAPPING_READ)
    async def open(self, name: str) -> None:
        form = await off_loop(load_form, self._channel(), name)
        self.editing, self.form, self.is_open, self.said = name[:40], form, True, ""
        await self._try_out()

    @rx.event
    @needs(Permission.MAPPING_READ)
    async def begin(self) -> None:
        self.editing, self.form, self.is_open, self.said = "", dict(EMPTY), True, ""
        await self._try_out()

    @rx.event
    @needs(Permission.MAPPING_READ)
    def shut(self) -> None:
        self._shut()

    @rx.event
    @needs(Permission.MAPPING_READ)
    async def set_part(self, part: str, text: str) -> None:
        """Every edit is tried at once; nothing is kept by it."""
        if part in PARTS:
            self.form = self.form | {part: text[:_LONGEST_PART].replace("\0", "")}
            if part == "transform":
                self.form = self.form | {"option": ""}
            await self._try_out()

    @rx.event
    @needs(Permission.MAPPING_READ)
    async def pick(self, path: str) -> None:
        if not self.is_open:
            self.editing, self.form, self.is_open, self.said = "", dict(EMPTY), True, ""
        self.form = self.form | {"path": path[:200]}
        await self._try_out()

    @rx.event
    @needs(Permission.MAPPING_READ)
    def look_for(self, words: str) -> None:
        self.wanted_path = words[:64]

    @rx.event
    @needs(Permission.MAPPING_READ)
    async def compare(self, number: str) -> None:
        self.against = "" if self.against == number else number
        self.compared = await off_loop(load_differences, self._channel(), self.against)

    @rx.event
    @needs(Permission.MAPPING_READ)
    async def export(self) -> Any:
        channel, lang = self._channel(), await self._lang()
        try:
            text = await off_loop(load_document, channel)
        except NotFound as error:
            self.said, self.is_refusal = refusal_text(lang, error), True
            return None
        return rx.download(data=text.encode(), filename=f"mapping-{channel}.yaml", mime_type="text/yaml")

    @rx.event
    @needs(Permission.MAPPING_CHANGE)
    async def save(self) -> None:
        channel, form, instead_of = self._channel(), dict(self.form), self.editing

        def change(session: Session, user: Signed) -> None:
            put(session, channel, mapping_of(form), instead_of=instead_of, by=user.name, now=utc_now())

        if await self._change(change, "mapping_saved"):
            self.editing = form.get("name", "").strip()

    @rx.event
    @needs(Permission.MAPPING_CHANGE)
    async def remove(self, name: str) -> None:
        channel = self._channel()

        def change(session: Session, user: Signed) -> None:
            take_out(session, channel, name, by=user.name, now=utc_now())

        if await self._change(change, "mapping_saved"):
            self._shut()

    @rx.event
    @needs(Permission.MAPPING_CHANGE)
    async def move(self, name: str, places: int) -> None:
        channel = self._channel()

        def change(session: Session, user: Signed) -> None:
            move(session, channel, name, max(-1, min(1, places)), by=user.name, now=utc_now())

        await self._change(change, "mapping_saved")

    @rx.event
    @needs(Permission.MAPPING_CHANGE)
    async def publish(self) -> None:
        channel = self._channel()

        def change(session: Session, user: Signed) -> None:
            publish(session, channel, by=user.name, now=utc_now())

        await self._change(change, "mapping_published")

    @rx.event
    @needs(Permission.MAPPING_CHANGE)
    async def drop(self) -> None:
        channel = self._channel()

        def change(session: Session, user: Signed) -> None:
            drop_draft(session, channel, by=user.name, now=utc_now())

        if await self._change(change, "mapping_dropped"):
            self._shut()

    @rx.event
    @needs(Permission.MAPPING_CHANGE)
    async def roll_back(self, number: str) -> None:
        channel = self._channel()

        def change(session: Session, user: Signed) -> None:
            roll_back(session, channel, number_of(number), by=user.name, now=utc_now())

        if await self._change(change, "mapping_rolled_back"):
            self._shut()

    @rx.event
    @needs(Permission.MAPPING_CHANGE)
    async def define_field(self, form: dict[str, str]) -> None:
        def change(session: Session, user: Signed) -> None:
            kind = form.get("type", "")
            if kind not in set(FieldType):
                raise BadInput("type: is none", field="type", problem="bad_mapping")
            choices = form.get("choices", "").split()
            define(session, form.get("name", ""), FieldType(kind), choices, by=user.name, now=utc_now())

        await self._change(change, "saved")

    @rx.event
    @needs(Permission.MAPPING_CHANGE)
    async def archive_field(self, name: str) -> None:
        def change(session: Session, user: Signed) -> None:
            archive(session, name, by=user.name, now=utc_now())

        await self._change(change, "saved")

    @rx.event
    @needs(Permission.MAPPING_CHANGE)
    async def seen(self) -> None:
        channel = self._channel()
        await self._change(lambda session, user: mark_seen(session, channel, by=user.name), "saved")

    @rx.event
    @needs(Permission.MAPPING_CHANGE)
    async def bring_in(self, form: dict[str, str]) -> None:
        try:
            document = read_document(form.get("yaml", ""))
        except BadInput as error:
            self.said, self.is_refusal = tr(await self._lang(), "mapping_import_refused", why=str(error)[:200]), True
            return

        def change(session: Session, user: Signed) -> None:
            take_in(session, document, by=user.name, now=utc_now())

        if await self._change(change, "mapping_imported", channel=document.channel):
            self._shut()

    @rx.event
    @needs(Permission.MAPPING_CHANGE)
    async def cancel_rerun(self, rerun_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            rerun.cancel(session, number_of(rerun_id), by=user.name, now=utc_now())

        await self._change(change, "rerun_cancelled")

    @rx.event(background=True)
    @needs(Permission.MAPPING_CHANGE)
    async def rerun(self, form: dict[str, str]) -> None:
        """Goes on while the page is left; when this process ends, the clock finishes the run."""
        begun: list[int] = []
        async with self:
            channel = self._channel()

            def change(session: Session, user: Signed) -> None:
                days = number_of(form.get("days", ""))
                begun.append(rerun.start(session, channel, days, by=user.name, now=utc_now()).id)

            await self._change(change, "rerun_started")
        looked_at = 0.0
        while begun and await asyncio.to_thread(_step, begun[-1]):
            if asyncio.get_running_loop().time() - looked_at > _LOOK_SECONDS:
                looked_at = asyncio.get_running_loop().time()
                async with self:
                    await self._look_at_rerun(channel)
        async with self:
            await self._look_at_rerun(channel)

    def _shut(self) -> None:
        self.editing, self.form, self.is_open, self.preview, self.problem = "", dict(EMPTY), False, [], ""

    def _channel(self) -> Channel:
        return _channel(self.view.channel)

    async def _look_at_rerun(self, channel: Channel) -> None:
        if self._channel() is channel:
            self.view = (await off_loop(load_mapping, channel))["view"]

    async def _change(self, change: Change, done: str, *, channel: Channel | None = None) -> bool:
        if not await self._try(Permission.MAPPING_CHANGE, change, done=done):
            return False
        await self._read(channel or self._channel())
        if self.view.draft == "":
            self.against = ""
        self.compared = await off_loop(load_differences, self._channel(), self.against)
        return True

    async def _try_out(self) -> None:
        """What the form would make of the last orders; what is wrong with it is said beside it."""
        lang = await self._lang()
        try:
            self.preview = await off_loop(load_preview, self._channel(), dict(self.form))
            self.problem = ""
        except BadInput as error:
            self.preview, self.problem = [], refusal_text(lang, error)
        self.made_count = str(sum(bool(one.made) for one in self.preview))
        self.bad_count = str(sum(bool(one.reason) for one in self.preview))

    async def _read(self, channel: Channel) -> None:
        await self._follow("mapping", mapping_scene(channel))


def mapping_scene(channel: Channel) -> Scene:
    def load() -> Vars:
        return load_mapping(channel)

    name = f"mapping {channel}"
    return Scene(name, Mapping.get_full_name(), Permission.MAPPING_READ, load, gap_seconds=_GAP_SECONDS)


def paths_scene(channel: Channel) -> Scene:
    def load() -> Vars:
        return load_paths(channel)

    name = f"mapping paths {channel}"
    return Scene(name, Mapping.get_full_name(), Permission.MAPPING_READ, load, gap_seconds=_PATHS_GAP_SECONDS)


def _channel(word: str) -> Channel:
    return Channel(word) if word in set(Channel) else Channel.DOUYIN


def _step(rerun_id: int) -> bool:
    return rerun.step(rerun_id, utc_now())
