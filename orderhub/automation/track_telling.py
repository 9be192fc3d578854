"""What does it mean that somebody tells of a parcel, by a push or when asked? The same for whoever tells."""

from datetime import datetime

from sqlmodel import Session, select

from orderhub.automation.track_sources import Source, source_of
from orderhub.automation.track_subscribing import subscribe, subscribe_again
from orderhub.connectors.trackers.contract import TrackDraft
from orderhub.domain.anomaly import open_anomaly, open_kinds, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.track import Track, take_scans
from orderhub.domain.track_asking import heard_push
from orderhub.domain.track_turn import ASK_AFTER
from orderhub.domain.words import WatchState
from orderhub.kernel.eventlog import SYSTEM


def take_answer(session: Session, draft: TrackDraft, *, by: str, now: datetime) -> int:
    """Take what was told of a parcel; returns how many scans are new. Safe to repeat, in any order.

    Raises:
        NotFound: no parcel of ours bears the number; nothing is kept.
    """
    fresh = take_scans(session, draft.tracking_no, draft.scans, by=by, now=now)
    track = _track(session, draft.tracking_no)
    if draft.carrier and draft.carrier is not track.carrier:
        track.carrier = draft.carrier
        session.add(track)
    if track.watch is WatchState.UNKNOWN and track.arrived_at is None:  # it was here before there was an account
        subscribe(session, track, now=now)
    if draft.scans:
        resolve_anomaly(session, AnomalyKind.TRACKING_REFUSED, about=("track", track.id), by=SYSTEM, now=now)
    return fresh


def take_told(session: Session, draft: TrackDraft, *, by: str, now: datetime) -> int:
    """Take a push: as ``take_answer``, and the parcel need not be asked after for a while.

    Raises:
        NotFound: no parcel of ours bears the number; nothing is kept.
    """
    fresh = take_answer(session, draft, by=by, now=now)
    track = _track(session, draft.tracking_no)
    source = source_of(session, track.carrier)
    after = source.ask_after if source else ASK_AFTER
    if heard_push(session, track, draft.watch, after=after, now=now):
        subscribe_again(session, track, now=now)
    return fresh


def tracking_refused(session: Session, tracking_no: str, reason: str, *, now: datetime) -> None:
    """Whoever should tell of it does not take the number or its carrier. Safe to repeat."""
    track = _track(session, tracking_no)
    open_anomaly(
        session,
        AnomalyKind.TRACKING_REFUSED,
        about=("track", track.id),
        occurred_at=now,
        now=now,
        note=f"{tracking_no}: 查询不到物流，请核对快递公司与单号（{reason[:200]}）",
    )


def account_refused(session: Session, about: tuple[str, int], name: str, reason: str, *, now: datetime) -> None:
    """The account's keys are taken no more: an anomaly and its task for an administrator. Safe to repeat."""
    kind, title = AnomalyKind.TRACKER_UNAUTHORISED, f"{name}: 物流查询账号失效，请更新密钥"
    open_anomaly(session, kind, about=about, occurred_at=now, now=now, note=reason, title=title)


def account_answers(session: Session, about: tuple[str, int], *, now: datetime) -> None:
    """It takes our keys, and has calls left. Safe to repeat."""
    for kind in open_kinds(session, about) & {AnomalyKind.TRACKER_UNAUTHORISED, AnomalyKind.TRACKER_QUOTA}:
        resolve_anomaly(session, kind, about=about, by=SYSTEM, now=now, reason="the account answers")


def quota_used_up(session: Session, source: Source, *, now: datetime) -> None:
    """No question leaves any more today; pushes come all the same. Safe to repeat."""
    note = f"{source.name}: 今日查询次数已用完，未推送的包裹明天继续查询"
    kind = AnomalyKind.TRACKER_QUOTA
    open_anomaly(session, kind, about=source.about, occurred_at=now, now=now, note=note)


def _track(session: Session, tracking_no: str) -> Track:
    return session.exec(select(Track).where(Track.tracking_no == tracking_no)).one()
