"""When does what run? The whole timetable; each entry calls one function of the hub."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from jobs import counting
from jobs.forecasting import JOB, forecast_demand
from orderhub.access.answered import forget_answers
from orderhub.access.sessions import forget_sessions
from orderhub.access.sign_in import forget_pending
from orderhub.access.throttle import forget_tries
from orderhub.automation import (
    allocation,
    anomaly_watch,
    batch,
    due_holds,
    escalating,
    forgetting,
    outbox,
    robot_card,
    stock_compare,
    track_asking,
    track_watch,
    webhook_watch,
    workflow_run,
)
from orderhub.domain import replenishment, report_run, staff_notice
from orderhub.insights import arrival, replenishment_sheet
from orderhub.intake import (
    completeness,
    payment_check,
    posted,
    rollout_watch,
    shipping_upload,
    stock,
    sync,
    watch,
    weather,
)
from orderhub.intake.files import imports
from orderhub.intake.mapping import rerun
from orderhub.intake.statements import pulling, uploads
from orderhub.kernel import audit_run, job_runs, sealing
from orderhub.kernel.clock import SHANGHAI, business_day
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.settings import settings
from orderhub.ui.report_post import send_reports
from orderhub.upkeep import backup


class CatchUp(StrEnum):
    """What happens to slots that passed while no clock ran."""

    ONCE = "once"  # the newest missed slot is run at the start, the others are not
    NEXT = "next"  # the job looks at facts, so its next slot finds everything


@dataclass(frozen=True)
class Entry:
    """``when``: a span counts from midnight UTC of 1970, a time is one of the day in Asia/Shanghai.

    ``run`` answers what it did, in a few words or a number.
    """

    job: str
    run: Callable[[datetime], object]
    when: timedelta | time
    catch_up: CatchUp = CatchUp.NEXT
    jitter: timedelta = timedelta()

    def slot(self, now: datetime) -> datetime:
        """The planned moment that ``now`` belongs to: the newest one not after it."""
        if isinstance(self.when, timedelta):
            seconds = self.when.total_seconds()
            return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
        local = now.astimezone(SHANGHAI)
        planned = datetime.combine(local.date(), self.when, SHANGHAI)
        return (planned if planned <= local else planned - timedelta(days=1)).astimezone(UTC)


def timetable() -> list[Entry]:
    sync_every = timedelta(seconds=settings().sync_seconds)
    return [
        Entry("sync", pull_shops, sync_every, catch_up=CatchUp.ONCE, jitter=min(sync_every / 10, _SPREAD)),
        Entry("look_back", look_back, timedelta(hours=1), jitter=_SPREAD),
        Entry("renew_tokens", watch.renew_tokens, timedelta(minutes=10), catch_up=CatchUp.ONCE),
        Entry("find_syncs_behind", watch.find_syncs_behind, timedelta(minutes=1)),
        Entry("check_completeness", completeness.check_completeness, timedelta(minutes=1)),
        Entry("check_payments", check_payments, timedelta(minutes=1)),
        Entry("check_repayments", payment_check.check_repayments, timedelta(minutes=1)),
        Entry("find_payments_without_order", payment_check.find_payments_without_order, timedelta(minutes=1)),
        Entry("upload_shipping", shipping_upload.upload_shipping, timedelta(minutes=1)),
        Entry("find_late_orders", watch.find_late_orders, timedelta(minutes=5)),
        Entry("find_anomalies", anomaly_watch.find_anomalies, timedelta(minutes=1)),
        Entry("find_silent_parcels", track_watch.find_silent_parcels, timedelta(minutes=5)),
        Entry("watch_webhooks", webhook_watch.watch_webhooks, timedelta(minutes=10)),
        Entry("escalate", escalating.escalate, timedelta(minutes=1)),
        Entry("ask_tracks", ask_tracks, timedelta(minutes=1)),
        Entry("finish_reruns", rerun.go_on, timedelta(minutes=1)),
        Entry("watch_rollout", rollout_watch.watch_rollout, timedelta(minutes=1)),
        Entry("release_holds", due_holds.release_due, timedelta(minutes=1)),
        Entry("look_after_stock", stock.look_after, timedelta(minutes=1)),
        Entry("compare_stock", stock_compare.compare_stock, timedelta(hours=1), jitter=_SPREAD),
        Entry("allocate_stuck", allocation.allocate_stuck, timedelta(minutes=10)),
        Entry("pull_bills", pull_bills, timedelta(hours=1), catch_up=CatchUp.ONCE, jitter=_SPREAD),
        Entry("match_statements", pulling.match_again, timedelta(hours=1)),
        Entry("count_reports", counting.count_reports, timedelta(minutes=5)),
        Entry("recount_reports", counting.recount_reports, time(2, 40), catch_up=CatchUp.ONCE),
        Entry("send_reports", send_reports, timedelta(minutes=1)),
        Entry("reckon_arrivals", reckon_arrivals, time(3, 20), catch_up=CatchUp.ONCE),
        Entry("suggest_replenishment", suggest_replenishment, time(5, 10), catch_up=CatchUp.ONCE),
        Entry(weather.JOB, weather.fetch_weather, timedelta(hours=1), catch_up=CatchUp.ONCE, jitter=_SPREAD),
        Entry(JOB, forecast_demand, timedelta(minutes=1)),
        Entry("prune_inbox", watch.prune_inbox, time(3, 30), catch_up=CatchUp.ONCE),
        Entry("seal_anew", seal_anew, time(3, 35), catch_up=CatchUp.ONCE),
        Entry("forget_people", forgetting.forget_people, time(4, 10), catch_up=CatchUp.ONCE),
        Entry("forget_keys", forget_keys, time(3, 40), catch_up=CatchUp.ONCE),
        Entry("forget_automation", forget_automation, time(3, 50), catch_up=CatchUp.ONCE),
        Entry("save_hub", backup.save_daily, time(4, 30), catch_up=CatchUp.ONCE),
        Entry("forget_files", forget_files, timedelta(hours=1)),
        Entry("forget_sign_ins", forget_sign_ins, time(3, 55), catch_up=CatchUp.ONCE),
        Entry("prove_audit", audit_run.prove_now, time(4, 10), catch_up=CatchUp.ONCE),
        Entry("forget_old_runs", forget_old_runs, time(3, 45), catch_up=CatchUp.ONCE),
    ]


_SPREAD = timedelta(seconds=10)


def pull_shops(now: datetime) -> str:
    return _told(sync.sync_all(now))


def look_back(now: datetime) -> str:
    return _told(sync.look_back(now))


def check_payments(now: datetime) -> str:
    results = payment_check.check_payments(now)
    failed = [result.shop_code for result in results if result.error]
    asked, paid = sum(result.asked for result in results), sum(result.paid for result in results)
    return f"{asked} asked, {paid} paid" + (f", trouble at {', '.join(failed)}" if failed else "")


def pull_bills(now: datetime) -> str:
    results = pulling.pull_bills(now)
    failed = [result.account for result in results if result.error]
    taken = sum(result.taken for result in results)
    return f"{taken} bills" + (f", trouble at {', '.join(failed)}" if failed else "")


def ask_tracks(now: datetime) -> str:
    results = [result for result in track_asking.ask_tracks(now) if result.parcels or result.error]
    parcels, scans = sum(result.parcels for result in results), sum(result.scans for result in results)
    failed = [result.name for result in results if result.error or result.missed]
    return f"{parcels} asked, {scans} new scans" + (f", trouble at {', '.join(failed)}" if failed else "")


def reckon_arrivals(now: datetime) -> int:
    """Reckoned while others write: only what comes of it waits for a turn."""
    with reading() as session:
        spans = arrival.reckon_spans(session, now)
    with transaction() as session:
        return arrival.keep_spans(session, spans, now=now)


def suggest_replenishment(now: datetime) -> int:
    """Once a month a sheet for each warehouse, reckoned while others write; returns how many were made."""
    with reading() as session:
        places = replenishment.without_sheet(session, business_day(now))
    for warehouse, terms in places:
        with reading() as session:
            suggestions = replenishment_sheet.work_out(session, warehouse, terms, now)
        with transaction() as session:
            lines = replenishment_sheet.lines_for(suggestions, warehouse.id)
            replenishment.keep_run(session, warehouse, terms, lines, by=SYSTEM, now=now)
    return len(places)


def seal_anew(_now: datetime) -> str:
    """What another key has sealed than the present one, and bodies from before they were sealed."""
    return str(sealing.seal_anew())


def forget_files(now: datetime) -> int:
    return imports.forget_files(now) + uploads.forget_uploads(now)


def forget_keys(now: datetime) -> int:
    return posted.forget_keys(now) + forget_answers(now)


def forget_old_runs(now: datetime) -> int:
    with transaction() as session:
        return job_runs.forget_old(session, now)


def forget_sign_ins(now: datetime) -> int:
    with transaction() as session:
        return sum(forget(session, now) for forget in (forget_sessions, forget_pending, forget_tries))


def forget_automation(now: datetime) -> int:
    with transaction() as session:
        parts = (outbox, workflow_run, batch, robot_card, staff_notice, report_run)
        return sum(old.forget_old(session, now) for old in parts)


def _told(results: list[sync.SyncResult]) -> str:
    kept = sum(sum(result.kept.values()) for result in results)
    failed = [result.shop_code for result in results if result.error]
    return f"{len(results)} shops, {kept} new messages" + (f", trouble at {', '.join(failed)}" if failed else "")
