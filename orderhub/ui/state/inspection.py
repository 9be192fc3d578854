"""What lies on this person's table for returns, what has been counted of it, and what did the last scan say?"""

from collections.abc import Callable
from dataclasses import replace

import reflex as rx
from sqlmodel import Session

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.coming_back import Goods, NotOfReturn, scanned
from orderhub.domain.inspection import (
    AlreadyInspected,
    NotToCorrect,
    Verdict,
    find,
    inspect,
    may_correct,
    newest_of,
)
from orderhub.domain.refused_parcel import open_refused
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import RuleBroken
from orderhub.ui.gate import needs, signed
from orderhub.ui.inspection_view import (
    STATES,
    BenchTable,
    CaseResultView,
    ListView,
    PieceView,
    bench_table,
    case_result_view,
    goods_on_table,
    key_of,
    list_view,
    number_of_case,
    photo_views,
    read_list,
)
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.refusals import refusal_text
from orderhub.ui.state.packing_table import BAD, DONE, GOOD
from orderhub.ui.state.telling import Telling
from orderhub.ui.words import tr

_MOST_PIECES = 1_000_000
_MOST_PARCELS = 50

Form = dict[str, str]


class OtherReturn(RuleBroken):
    code = "other_return"


class Bench(Telling, rx.State):
    """``answer`` is good, done or bad, ``spoken`` its sentence; ``turn`` tells two equal answers apart.

    ``parcels`` are those of ours that were scanned and may have been refused; empty where none was.
    """

    view: ListView = ListView()
    table: BenchTable = BenchTable()
    answer: str = ""
    spoken: str = ""
    turn: int = 0
    parcels: list[str] = []
    is_loaded: bool = False

    @rx.event
    @needs(Permission.RETURN_INSPECT)
    async def enter(self) -> None:
        """The address may name a case; what has been counted of it stays, whatever was loaded anew."""
        self.said = ""
        await self._tell_refused_form()
        asked = number_of(self.router.url.query_parameters.get("case", ""))
        before = self.table
        # What is on the table stays there while somebody looks at a case that is done.
        for wanted in dict.fromkeys((asked, number_of(before.id))):
            self.table = await off_loop(_again, wanted, before)
            if self.table.id:
                break
        if self.table.id != before.id or not self.table.id:
            self.answer, self.spoken, self.parcels = "", "", []
        await self._read()

    @rx.event
    @needs(Permission.RETURN_INSPECT)
    async def scan(self, form: Form) -> None:
        """A waybill where the table is empty, else an item that is good."""
        text = form.get("code", "").strip()
        if not text:
            return
        if self.table.id:
            await self._count_scanned(text)
        else:
            await self._bring(text)

    @rx.event
    @needs(Permission.RETURN_INSPECT)
    async def take(self, case_id: str) -> None:
        """From the list, without a scan: buyers mistype waybills."""
        await self._put_on_table(number_of(case_id))

    @rx.event
    @needs(Permission.RETURN_INSPECT)
    async def correct(self, case_id: str) -> None:
        await self._put_on_table(number_of(case_id), corrects=True)

    @rx.event
    @needs(Permission.RETURN_INSPECT)
    async def take_refused(self) -> None:
        """The parcel of ours that was scanned has come back unopened."""
        ids = [number_of(one) for one in self.parcels[:_MOST_PARCELS]]

        def change(session: Session, user: Signed) -> list[int]:
            return [open_refused(session, one, by=user.name, now=utc_now()).id for one in ids]

        if (cases := await self._act(change)) and isinstance(cases, list):
            self.parcels = []
            await self._put_on_table(cases[0])
            await self._read()

    @rx.event
    @needs(Permission.RETURN_INSPECT)
    async def count(self, key: str, state: str, text: str) -> None:
        """So many pieces of the goods ``key`` are in this state."""
        if state in STATES:
            self._set(key, state, min(number_of(text), _MOST_PIECES))

    @rx.event
    @needs(Permission.RETURN_INSPECT)
    async def step(self, key: str, state: str, more: int) -> None:
        """One more or one less."""
        piece = next((one for one in self.table.goods if one.key == key), None)
        if piece and state in STATES and more in (1, -1) and piece.said + more <= piece.expected:
            self._set(key, state, max(0, getattr(piece, state) + more))

    @rx.event
    @needs(Permission.RETURN_INSPECT)
    async def rest(self, state: str) -> None:
        """What has not been counted yet is all in this state."""
        if state not in STATES:
            return
        goods = [
            replace(one, **{state: getattr(one, state) + max(0, one.expected - one.said)}) for one in self.table.goods
        ]
        self._keep(goods)

    @rx.event
    @needs(Permission.RETURN_INSPECT)
    async def choose_place(self, place: str) -> None:
        if place in [one.id for one in self.table.places]:
            self.table = replace(self.table, place=place)

    @rx.event
    @needs(Permission.RETURN_INSPECT)
    async def lay_aside(self) -> None:
        """What was counted is forgotten."""
        lang = await self._lang()
        self._say(GOOD, tr(lang, "return_laid_aside", number=self.table.number))
        self.table, self.parcels = BenchTable(place=self.table.place), []

    @rx.event
    @needs(Permission.RETURN_INSPECT)
    async def finish(self, form: Form) -> None:
        table = self.table
        case_id, lang = number_of(table.id), await self._lang()

        def change(session: Session, user: Signed) -> str:
            done = inspect(
                session,
                case_id,
                [_verdict(one) for one in table.goods],
                warehouse_id=number_of(table.place),
                note=form.get("note", ""),
                by=user.name,
                now=utc_now(),
                corrects=table.corrects,
            )
            said = tr(
                lang,
                "inspected_corrected" if table.corrects else "inspected_shelved",
                number=table.number,
                n=f"{done.shelved:+d}" if table.corrects else done.shelved,
            )
            if done.unmatched:
                said += tr(lang, "inspected_unmatched", codes=", ".join(done.unmatched))
            if waiting := _waiting_with(session, table.number):
                said += tr(lang, "inspected_again", n=waiting)
            return said

        if said := await self._act(change):
            self._say(DONE, str(said))
            self.table = BenchTable(place=table.place)
            await (await self.get_state(InspectionCase))._show(case_id)  # noqa: SLF001  (its own reading, asked for)
            await self._read()

    async def _bring(self, text: str) -> None:
        lang = await self._lang()
        try:
            found = await off_loop(_found, text)
        except RuleBroken as error:
            self.parcels = []
            self._say(BAD, refusal_text(lang, error))
            return
        self.parcels = [str(one) for one in found.parcels]
        if found.cases:
            await self._put_on_table(found.cases[0])
        else:
            self._say(BAD, tr(lang, "is_refused_parcel", number=text.upper()[:64]))

    async def _put_on_table(self, case_id: int, *, corrects: bool = False) -> None:
        lang, name = await self._lang(), (await signed(self)).name
        try:
            if self.table.id and self.table.id != str(case_id):
                raise OtherReturn(f"{self.table.number} is not finished", number=self.table.number)
            table = await off_loop(_table_of, case_id, self.table.place, name, corrects)
        except RuleBroken as error:
            self._say(BAD, refusal_text(lang, error))
            return
        self.table, self.parcels = table, []
        self._say(GOOD, tr(lang, "return_on_table", number=table.number))

    async def _count_scanned(self, text: str) -> None:
        table, lang = self.table, await self._lang()
        try:
            key, code, pieces = await off_loop(_scanned, table, text)
        except RuleBroken as error:
            self._say(BAD, refusal_text(lang, error))
            return
        piece = next(one for one in table.goods if one.key == key)
        self._set(key, "good", piece.good + pieces)
        self._say(GOOD, tr(lang, "counted_next", code=code, n=pieces))

    async def _act(self, change: Callable[[Session, Signed], object]) -> object:
        """What ``change`` returns; None where it was refused, which has been said."""
        try:
            return await off_loop(_made, await signed(self), change)
        except RuleBroken as error:
            self._say(BAD, refusal_text(await self._lang(), error))
            return None

    async def _read(self) -> None:
        which = read_list(self.router.url.query_parameters)
        self.view = await off_loop(_list_of, which, (await signed(self)).name)
        self.is_loaded = True

    def _set(self, key: str, state: str, pieces: int) -> None:
        self._keep([replace(one, **{state: pieces}) if one.key == key else one for one in self.table.goods])

    def _keep(self, goods: list[PieceView]) -> None:
        left = sum(one.expected - one.said for one in goods)
        self.table = replace(self.table, goods=goods, left=left)

    def _say(self, answer: str, spoken: str) -> None:
        self.answer, self.spoken, self.turn = answer, spoken, self.turn + 1


class InspectionCase(rx.State):
    """What was found of a case's goods, with its photos."""

    view: CaseResultView = CaseResultView()

    @rx.event
    @needs(Permission.AFTERSALE_READ)
    async def look(self) -> None:
        await self._show(number_of(self.router.url.query_parameters.get("case", "")))

    async def _show(self, case_id: int) -> None:
        self.view = await off_loop(_result_of, case_id) if case_id else CaseResultView()


def _verdict(piece: PieceView) -> Verdict:
    line_id, _, sku_id = piece.key.partition("-")
    return Verdict(number_of(line_id), number_of(sku_id), piece.good, piece.defect, piece.missing)


def _made(user: Signed, change: Callable[[Session, Signed], object]) -> object:
    with acting(user, Permission.RETURN_INSPECT) as session:
        return change(session, user)


def _found(text: str):
    with reading() as session:
        return find(session, text)


def _table_of(case_id: int, place: str, name: str, corrects: bool) -> BenchTable:
    with reading() as session:
        goods = goods_on_table(session, case_id)
        case, standing = session.get_one(Aftersale, case_id), newest_of(session, case_id)
        number = number_of_case(case)
        if corrects and not may_correct(case, standing, by=name, now=utc_now()):
            raise NotToCorrect(f"{number}: not theirs, too old, or decided upon")
        if case.inspected_at and not corrects:
            raise AlreadyInspected(f"{number} has been inspected", scanned=number, by=standing.by if standing else "")
        return bench_table(session, case_id, goods, place=place, corrects=corrects)


def _again(case_id: int, table: BenchTable) -> BenchTable:
    """The case on the table, with what was counted of it before; empty where there is none, or it is done."""
    try:
        return _fresh(case_id, table) if case_id else BenchTable(place=table.place)
    except RuleBroken:
        return BenchTable(place=table.place)


def _fresh(case_id: int, table: BenchTable) -> BenchTable:
    if table.id == str(case_id) and table.corrects:
        with reading() as session:
            return replace(table, photos=photo_views(session, case_id))
    fresh = _table_of(case_id, table.place, "", False)
    if table.id != str(case_id) or [one.key for one in table.goods] != [one.key for one in fresh.goods]:
        return fresh
    return replace(table, photos=fresh.photos, places=fresh.places)


def _scanned(table: BenchTable, text: str) -> tuple[str, str, int]:
    with reading() as session:
        goods: list[Goods] = goods_on_table(session, number_of(table.id))
        said = {one.key: one.said for one in table.goods}
        try:
            one, pieces = scanned(goods, {each.key: said.get(key_of(each), 0) for each in goods}, text)
        except NotOfReturn:
            if _is_return(session, text):
                raise OtherReturn(f"{table.number} is not finished", number=table.number) from None
            raise
        return key_of(one), one.code, pieces


def _is_return(session: Session, text: str) -> bool:
    try:
        find(session, text)
    except RuleBroken:
        return False
    return True


def _waiting_with(session: Session, number: str) -> int:
    """How many cases more came back in the same parcel."""
    try:
        return len(find(session, number).cases)
    except RuleBroken:
        return 0


def _list_of(which, name: str) -> ListView:
    with reading() as session:
        return list_view(session, which, name, utc_now())


def _result_of(case_id: int) -> CaseResultView:
    with reading() as session:
        return case_result_view(session, case_id)
