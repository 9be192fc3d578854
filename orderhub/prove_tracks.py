"""How soon is a parcel that has gone silent found? Real journeys, replayed through the lab's wire, much faster.

A hub of its own in a scratch database follows parcels by the pushes and answers of SF and of Kuaidi100. Its clock and
the lab's are one, moved on by whole minutes, past those in which no job of the timetable has anything to find. Some
journeys break off, as if the parcel were lost: with the gaps that the data has, those are what must be found, and
nothing else.
"""

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlmodel import col, func, select

from jobs.schedule import timetable
from orderhub.api.app import create_api
from orderhub.automation.carrier_keyring import CarrierDraft, connect_carrier, forget_carrier_lines
from orderhub.automation.outbox import OutboxMessage, OutboxState
from orderhub.automation.route_push import push_address
from orderhub.automation.runner import run_next
from orderhub.automation.sending import Postman
from orderhub.automation.track_subscribing import subscribe
from orderhub.connectors.carriers import sf
from orderhub.connectors.carriers.contract import WaybillWish
from orderhub.connectors.outside import let_in
from orderhub.domain.drafts import Contact
from orderhub.domain.patience import Patience
from orderhub.domain.silence import TrackAlarm
from orderhub.domain.track import Scan, Track, follow_parcel
from orderhub.domain.tracker_account import TrackerKind
from orderhub.domain.words import Carrier
from orderhub.intake.tracker_keyring import TrackerDraft, connect_tracker, forget_tracker_lines
from orderhub.kernel.clock import from_unix, other_clock
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import Event
from orderhub.kernel.settings import settings
from orderhub.lab import kuaidi100
from orderhub.lab import sf as lab_sf
from orderhub.lab.app import create_lab
from orderhub.lab.journeys import LabParcel, journey_of
from orderhub.lab.serve import served
from orderhub.lab.sf_routes import SENDER_TAIL
from orderhub.prove_refunds import scratch

MOST_MEDIAN = timedelta(minutes=5)

_STEP = timedelta(minutes=1)
_JOBS = ("ask_tracks", "find_silent_parcels")
_CARRIERS = (Carrier.SF, Carrier.YTO, Carrier.STO, Carrier.YUNDA, Carrier.JD, Carrier.EMS)
_BREAKS_OFF, _UNPUSHED = 0.25, 0.2  # shares of parcels that go lost, and of which no push ever comes
_PEOPLE = Contact("测试仓", f"1380000{SENDER_TAIL}", "测试省", "测试市", "测试区", "示例路1号")
# The collectors' words for what moves no parcel.
_STILL = ("INFO", "EXCEPTION")
_SILENT = (TrackAlarm.STALLED, TrackAlarm.LOST)

Gap = tuple[str, TrackAlarm, datetime]  # waybill, what its silence is, since when


@dataclass(frozen=True)
class TrackProof:
    """``found`` are real gaps that were named; ``delays`` how long each had been true by then, in lab time."""

    parcels: int
    scans: int
    gaps: int
    found: int
    false_alarms: int
    delays: Sequence[timedelta]
    lab_time: timedelta
    seconds: float
    strays: Sequence[Gap] = field(default=(), repr=False)

    @property
    def median(self) -> timedelta:
        return timedelta(seconds=statistics.median(one.total_seconds() for one in self.delays or [timedelta()]))

    @property
    def p95(self) -> timedelta:
        ordered = sorted(self.delays) or [timedelta()]
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]

    @property
    def is_sound(self) -> bool:
        return self.found == self.gaps > 0 and not self.false_alarms and self.median <= MOST_MEDIAN

    def __str__(self) -> str:
        reached = self.lab_time.total_seconds() / max(self.seconds, 0.001)
        rows = (
            ("parcels", f"{self.parcels:,}"),
            ("scans heard", f"{self.scans:,}"),
            ("real gaps", f"{self.gaps:,}"),
            ("found", f"{self.found:,}"),
            ("false alarms", f"{self.false_alarms:,}"),
            ("true -> detected, median", f"{_minutes(self.median)} (at most {_minutes(MOST_MEDIAN)})"),
            ("true -> detected, p95", _minutes(self.p95)),
            ("lab time", f"{self.lab_time / timedelta(days=1):.1f} days in {self.seconds:.0f} s, {reached:,.0f}x"),
        )
        lines = [f"  {name:<26}{said}" for name, said in rows]
        return "\n".join(["", *lines, *([] if self.is_sound else ["  WRONG"])])


def prove_tracks(*, parcels: int, speed: float, now: datetime, seed: int = 1) -> TrackProof:
    """Replay ``parcels`` journeys; ``speed`` is how much faster than the clock at most, 0: as fast as it goes.

    Raises:
        SetupError: no right to make a schema.
    """
    with scratch():
        return replay(parcels=parcels, speed=speed, now=now, seed=seed)


def replay(*, parcels: int, speed: float, now: datetime, seed: int) -> TrackProof:
    """In the open, empty database; nothing else may run in this process."""
    world = _Replay(parcels, now, seed)
    began = time.monotonic()
    with other_clock(lambda: world.at), served(create_api()) as hub_url, _answering_at(hub_url):
        lab = create_lab(living=False, seed=seed)
        with served(lab) as lab_url, let_in(lab_url):
            try:
                world.connect(lab, lab_url)
                world.run(speed)
            finally:
                world.close()
                forget_carrier_lines()
                forget_tracker_lines()
    return world.proof(time.monotonic() - began)


class _Replay:
    """``at`` is the one moment that hub and lab live in."""

    def __init__(self, parcels: int, now: datetime, seed: int) -> None:
        self.began = self.at = now.replace(second=0, microsecond=0)
        self._dice = random.Random(seed)  # noqa: S311  (chance, not secrecy)
        leave = sorted(self._dice.randrange(1440) for _ in range(parcels))  # at any minute of a day
        self._waiting = [
            (self.began + timedelta(minutes=minute), _CARRIERS[place % len(_CARRIERS)], place)
            for place, minute in enumerate(leave)
        ]
        self._sent: list[LabParcel] = []
        self._jobs = [entry for entry in timetable() if entry.job in _JOBS]
        self._postman = Postman()
        self._lab: Any = None
        self._carrier: sf.SfConnector | None = None
        self._worked_until = 0  # the newest event that the workflows have seen

    def connect(self, lab: Any, lab_url: str) -> None:
        self._lab = lab.state
        address, account = f"{lab_url}{lab_sf.PATH}", lab_sf.ACCOUNT
        with transaction() as session:
            draft = CarrierDraft(
                "prove",
                Carrier.SF,
                "prove",
                account.customer_code,
                account.check_word,
                account.month_card,
                sender=_PEOPLE,
                base_url=address,
            )
            connect_carrier(session, draft, by="prove", now=self.at)
            keys = kuaidi100.KEYS
            tracker = TrackerDraft(
                "prove",
                TrackerKind.KUAIDI100,
                "prove",
                keys.customer,
                keys.key,
                SENDER_TAIL,
                base_url=f"{lab_url}{kuaidi100.PATH}",
            )
            connect_tracker(session, tracker, by="prove", now=self.at)
        self._lab.sf.ways.set_target(push_address("prove"))
        self._carrier = sf.connect(account, base_url=address)

    def close(self) -> None:
        if self._carrier:
            self._carrier.close()

    def run(self, speed: float) -> None:
        while self._waiting or self.at < self._end:
            next_at, pause = time.monotonic(), self._next() - self.at
            self.at += pause
            self._ship_due()
            self._lab_pushes()
            self._hub_works()
            if speed:
                time.sleep(max(0.0, next_at + pause.total_seconds() / speed - time.monotonic()))

    def proof(self, seconds: float) -> TrackProof:
        real = {gap for parcel in self._sent for gap in gaps_of(parcel)}
        with reading() as session:
            scans = session.exec(select(func.count(col(Scan.id)))).one()
            said = session.exec(select(Event).where(Event.kind == "parcel_silent")).all()
        named = {
            (one.body["tracking_no"], TrackAlarm(one.body["alarm"]), datetime.fromisoformat(one.body["since"])): one.at
            for one in said
        }
        delays = [at - true_at(gap) for gap, at in named.items() if gap in real]
        strays = sorted(named.keys() - real)
        return TrackProof(
            parcels=len(self._sent),
            scans=scans,
            gaps=len(real),
            found=len(delays),
            false_alarms=len(said) - len(delays),
            delays=delays,
            lab_time=self.at - self.began,
            seconds=seconds,
            strays=strays,
        )

    @cached_property
    def _end(self) -> datetime:
        """When every gap has been true for a while, and every journey has been told."""
        ends = [true_at(gap) for parcel in self._sent for gap in gaps_of(parcel)]
        last = [parcel.shipped_at + steps[-1].seconds for parcel in self._sent if (steps := _steps(parcel))]
        return max([*ends, *map(from_unix, last), self.began]) + timedelta(hours=1)

    def _next(self) -> datetime:
        """The next minute in which anything may happen: a job that looks in between finds nothing."""
        now = int(self.at.timestamp())
        moments = [self._waiting[0][0]] if self._waiting else []
        for parcel in self._sent:
            times = (parcel.shipped_at + step.seconds for step in _steps(parcel))
            moments += [from_unix(at) for at in times if at > now][:1]
        told = (one for one in self._lab.kuaidi100.subscriptions.values() if one.status == "polling")
        moments += [from_unix(int(one.next_at)) for one in told]
        with reading() as session:
            for due in (Track.ask_at, Track.check_at, OutboxMessage.due_at):
                waits = select(func.min(due)).where(col(due) > self.at - _STEP * 30)
                if due is OutboxMessage.due_at:
                    waits = waits.where(col(OutboxMessage.state).in_((OutboxState.WAITING, OutboxState.SENDING)))
                moments += [moment for moment in session.exec(waits) if moment]
        soonest = min(moments, default=self.at)
        ahead = -(-(soonest - self.began) // _STEP) * _STEP
        return max(self.began + ahead, self.at + _STEP)

    def _ship_due(self) -> None:
        while self._waiting and self._waiting[0][0] <= self.at:
            _, carrier, place = self._waiting.pop(0)
            self._ship(carrier, place)

    def _ship(self, carrier: Carrier, place: int) -> None:
        is_pushed = self._dice.random() >= _UNPUSHED
        is_made = carrier is Carrier.SF and is_pushed
        number = self._waybill(place) if is_made else f"{'SF9' if carrier is Carrier.SF else 'PROVE'}{place:010}"
        parcel = self._lab.parcels.heard_of(number, carrier, int(self.at.timestamp()))
        if self._dice.random() < _BREAKS_OFF:
            parcel.steps_shown = self._dice.randrange(len(journey_of(number, carrier)))
        self._sent.append(parcel)
        with transaction() as session:
            track = follow_parcel(session, number, carrier, shipped_at=self.at)
            subscribe(session, track, now=self.at)
        while self._postman.send_next(self.at):
            pass
        if is_made:
            self._lab.sf.ways.shipped(number)
        if not is_pushed:
            self._lab.kuaidi100.subscriptions.pop(number, None)  # its pushes are lost, and the hub does not know

    def _waybill(self, place: int) -> str:
        assert self._carrier  # noqa: S101  (connected before anything is sent)
        wish = WaybillWish(f"PROVE-{place}", _PEOPLE, _PEOPLE, (("prove", 1),))
        return self._carrier.create_waybill(wish).tracking_no

    def _lab_pushes(self) -> None:
        self._lab.sf.ways.push_due()
        self._lab.kuaidi100.beat()
        while any(one.is_pushing for one in list(self._lab.kuaidi100.subscriptions.values())):
            time.sleep(0.001)

    def _hub_works(self) -> None:
        for entry in self._jobs:
            if entry.slot(self.at) > self.at - _STEP:
                entry.run(self.at)
        with reading() as session:
            newest = session.exec(select(func.max(Event.id))).one() or 0
        while newest > self._worked_until and run_next(self.at):
            pass
        self._worked_until = newest
        while self._postman.send_next(self.at):
            pass


def gaps_of(parcel: LabParcel) -> list[Gap]:
    """What its silence really is, from the journey alone."""
    patience, number = Patience(), parcel.tracking_no
    shipped_at, steps = from_unix(parcel.shipped_at), _steps(parcel)
    scans = [(from_unix(parcel.shipped_at + step.seconds), step.label) for step in steps]
    found: list[Gap] = []
    if not scans or scans[0][0] - shipped_at > patience.unscanned:
        found.append((number, TrackAlarm.UNSCANNED, shipped_at))
    moves = [shipped_at, *(at for at, label in scans if label not in _STILL)]
    ends = [*moves[1:], None]
    if any(label == "DELIVERED" for _, label in scans[-1:]):
        moves, ends = moves[:-1], ends[:-1]
    for since, end in zip(moves, ends, strict=True):
        true = (alarm for alarm in _SILENT if end is None or end - since > patience.until(alarm))
        found += [(number, alarm, since) for alarm in true]
    return found


def true_at(gap: Gap) -> datetime:
    return gap[2] + Patience().until(gap[1])


def _steps(parcel: LabParcel) -> Sequence[Any]:
    return journey_of(parcel.tracking_no, parcel.carrier)[: parcel.steps_shown]


@contextmanager
def _answering_at(url: str) -> Iterator[None]:
    """The hub names itself so to those who push."""
    kept = settings().public_url
    settings().public_url = url
    try:
        yield
    finally:
        settings().public_url = kept


def _minutes(span: timedelta) -> str:
    return f"{span / timedelta(minutes=1):.1f} min"
