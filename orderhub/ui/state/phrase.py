"""Which phrase is taught or forgotten here, and how long may which parcels be silent?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.patience import remove_patience, set_patience
from orderhub.domain.phrase_teaching import forget, teach
from orderhub.domain.words import Carrier, ScanNode
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import clean_text
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.phrase_view import PhrasesView, phrases_view
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Change, Telling

# What a form says for a sentence that moves nothing.
NOTHING = "nothing"
_GAP_SECONDS = 2.0

Form = dict[str, str]


class Phrases(Shown, Telling, rx.State):
    """``teaching`` is the phrase whose meaning is asked for; ``saved`` counts: the form begins anew after each."""

    view: PhrasesView = PhrasesView()
    teaching: str = ""
    saved: int = 0

    @rx.event
    @needs(Permission.RULE_READ)
    async def enter(self) -> None:
        await self._read()

    @rx.event
    @needs(Permission.RULE_CHANGE)
    def ask(self, phrase_id: str) -> None:
        self.teaching = "" if self.teaching == phrase_id else phrase_id[:20]

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def teach(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            phrase_id, words, node = number_of(form.get("id", "")), form.get("words", ""), _node(form)
            teach(session, phrase_id, words, node, by=user.name, now=utc_now())

        await self._change(change, "phrase_taught")

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def forget(self, phrase_id: str) -> None:
        def change(session: Session, user: Signed) -> int:
            return forget(session, number_of(phrase_id), by=user.name, now=utc_now())

        await self._change(change, "phrase_forgotten")

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def set_patience(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            set_patience(
                session,
                _carrier(form),
                clean_text(form.get("province", ""), most=32, field="province"),
                unscanned_hours=number_of(form.get("unscanned", "")),
                stalled_hours=number_of(form.get("stalled", "")),
                lost_hours=number_of(form.get("lost", "")),
                by=user.name,
                now=utc_now(),
            )

        await self._change(change, "patience_saved")

    @rx.event
    @needs(Permission.RULE_CHANGE)
    async def remove_patience(self, rule_id: str) -> None:
        def change(session: Session, user: Signed) -> int:
            return remove_patience(session, number_of(rule_id), by=user.name, now=utc_now())

        await self._change(change, "patience_removed")

    async def _change(self, change: Change, done: str) -> None:
        if await self._try(Permission.RULE_CHANGE, change, done=done):
            self.teaching = ""
            self.saved += 1
            await self._read()

    async def _read(self) -> None:
        rule_id = number_of(self.router.url.query_parameters.get("rule", ""))
        await self._follow("phrases", phrases_scene(rule_id))


def phrases_scene(rule_id: int) -> Scene:
    def load() -> Vars:
        return load_phrases(rule_id)

    name = Phrases.get_full_name()
    return Scene(f"phrases {rule_id}", name, Permission.RULE_READ, load, gap_seconds=_GAP_SECONDS)


def load_phrases(rule_id: int) -> Vars:
    with reading() as session:
        return {"view": phrases_view(session, rule_id)}


def _node(form: Form) -> ScanNode | None:
    word = form.get("node", "")
    if word == NOTHING:
        return None
    if word not in list(ScanNode):
        raise BadInput("node: unknown", field="node", problem="no_node")
    return ScanNode(word)


def _carrier(form: Form) -> Carrier | None:
    word = form.get("carrier", "")
    if word and word not in list(Carrier):
        raise BadInput("carrier: unknown", field="carrier", problem="no_carrier")
    return Carrier(word) if word else None
