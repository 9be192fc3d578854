"""What is misconfigured here, and what is to be done about it? Looks only; nothing is changed."""

import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import col, func, select

from orderhub.access.permissions import Role
from orderhub.access.users import User
from orderhub.domain.shop import Shop
from orderhub.frontend import is_built
from orderhub.insights.system import shop_states
from orderhub.intake.broker_look import look
from orderhub.intake.broker_topology import Trust, layout
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import database, reading
from orderhub.kernel.errors import OrderHubError
from orderhub.kernel.job_runs import JobRun, RunState
from orderhub.kernel.secrets import derived
from orderhub.kernel.settings import settings
from orderhub.migration import current, newest
from orderhub.upkeep.backup import age

_OLD_BACKUP = timedelta(hours=30)
_LITTLE_SPACE = 0.10
_NO_SPACE = 0.05
_MOST_SKEW = timedelta(seconds=30)
_OLDEST_POSTGRES = 150_000


class Grade(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """``what`` was found; ``remedy`` is empty where all is well."""

    grade: Grade
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.grade.upper():8}{self.what}" + (f"\n{'':8}→ {self.remedy}" if self.remedy else "")


def look_over(now: datetime) -> Iterator[Finding]:
    """One finding or more of every check, in the order in which they are mended."""
    for check in CHECKS:
        try:
            yield from check(now)
        except Exception as error:  # noqa: BLE001  (a check that cannot be made is a finding, and the others go on)
            why = str(error) if isinstance(error, OrderHubError) else type(error).__name__
            yield Finding(Grade.BAD, f"{_name(check)}: {why}", "mend what is named, then look again")


def _name(check: Callable[..., object]) -> str:
    return check.__name__.removeprefix("_").replace("_", " ")


def _data_directory(_now: datetime) -> Iterator[Finding]:
    folder = settings().data_dir
    if not folder.exists():
        yield Finding(Grade.WARNING, f"{folder} is not there", "it is made at the first start")
        return
    yield _private(folder.stat().st_mode, "the data directory", f"chmod 700 {folder}")
    space = shutil.disk_usage(folder)
    free = space.free / space.total
    grade = Grade.BAD if free < _NO_SPACE else Grade.WARNING if free < _LITTLE_SPACE else Grade.OK
    yield Finding(grade, f"{free:.0%} of the disk is free", "" if grade is Grade.OK else "make room before it is full")


def _secret_key(_now: datetime) -> Iterator[Finding]:
    derived("doctor")
    if settings().secret_key.get_secret_value():
        yield Finding(Grade.OK, "the secret key comes from the settings")
        return
    path = settings().data_dir / "secret.key"
    yield _private(path.stat().st_mode, "the secret key", f"chmod 600 {path}")
    yield Finding(
        Grade.WARNING,
        "the secret key lies beside the database",
        "keep a copy elsewhere: no backup holds it, and without it nothing sealed can be opened",
    )


def _database(_now: datetime) -> Iterator[Finding]:
    standing, wanted = current(), newest()
    if standing != wanted:
        yield Finding(Grade.BAD, f"the schema is at {standing or 'nothing'}, not {wanted}", "run orderhub migrate")
    else:
        yield Finding(Grade.OK, "the schema is this version's")
    yield from _embedded() if database().embedded else _postgres()


def _embedded() -> Iterator[Finding]:
    version = sqlite3.sqlite_version
    yield Finding(Grade.OK, f"SQLite {version}, written by one process")
    with reading() as session:
        mode = session.connection().execute(text("PRAGMA journal_mode")).scalar_one()
    if mode != "wal":
        yield Finding(Grade.BAD, f"the journal is {mode}, not wal", "put the database on a local disk")


def _postgres() -> Iterator[Finding]:
    with reading() as session:
        asked = "SELECT current_setting('server_version_num')::int, current_setting('fsync'), now()"
        version, syncs, its_now = session.connection().execute(text(asked)).one()
    if version < _OLDEST_POSTGRES:
        yield Finding(Grade.BAD, f"PostgreSQL {version // 10_000} is too old", "15 or newer is needed")
    else:
        yield Finding(Grade.OK, f"PostgreSQL {version // 10_000}")
    if syncs == "off":
        yield Finding(Grade.BAD, "fsync is off", "what was acknowledged may be lost: turn it on")
    if (skew := abs(its_now - utc_now())) > _MOST_SKEW:
        yield Finding(Grade.BAD, f"its clock and ours are {skew} apart", "let both ask a time server")


def _broker(now: datetime) -> Iterator[Finding]:
    wanted = layout()
    if wanted is None:
        return
    standing = look(wanted, now)
    if standing.trust is Trust.AWAY:
        remedy = "start it, or correct ORDERHUB_AMQP_URL; until then the inbox table takes in what comes"
        yield Finding(Grade.BAD, f"the broker does not answer: {standing.error}", remedy)
    elif standing.trust is Trust.UNDECLARED:
        lost = ", ".join(name for name, count in standing.held.items() if count is None)
        what = f"the broker's queues are missing: {lost}" if lost else "the broker's queues are not as declared"
        yield Finding(Grade.BAD, what, "run orderhub broker declare")
    elif standing.trust is Trust.SETTLING:
        seconds = round(standing.settles_in.total_seconds())
        yield Finding(Grade.WARNING, "the broker's queues are too young to be trusted", f"used in {seconds} s")
    else:
        waiting = sum(standing.held[name] or 0 for name in wanted.shards())
        yield Finding(Grade.OK, f"the broker's queues stand, {waiting} messages wait in them")
    if aside := standing.held.get(wanted.unreadable):
        remedy = f"look at them in the broker's queue {wanted.unreadable}: not ours, or of a shop that is gone"
        yield Finding(Grade.BAD, f"{aside} messages at the broker cannot be read", remedy)


def _front_end(_now: datetime) -> Iterator[Finding]:
    if is_built():
        yield Finding(Grade.OK, "the front end is built from these sources")
    else:
        yield Finding(Grade.BAD, "the front end is not built from these sources", "run make setup")


def _address(_now: datetime) -> Iterator[Finding]:
    here = settings()
    if here.origin.startswith("https://"):
        yield Finding(Grade.OK, f"people type {here.origin}")
        if not here.trusted_proxies and here.host not in ("0.0.0.0", "::"):  # noqa: S104
            yield Finding(
                Grade.WARNING,
                "no proxy is trusted, so every visitor has the proxy's address",
                "name it in ORDERHUB_TRUSTED_PROXIES",
            )
    elif here.demo or here.host in ("127.0.0.1", "::1", "localhost"):
        yield Finding(Grade.OK, f"{here.origin}, on this machine only")
    else:
        yield Finding(
            Grade.BAD,
            f"{here.host} is reached without TLS",
            "put a proxy with a certificate before it and set ORDERHUB_PUBLIC_URL to its https address",
        )


def _people(_now: datetime) -> Iterator[Finding]:
    if settings().demo:
        yield Finding(Grade.WARNING, "this is the demo", "its logins are printed: never let others reach it")
        return
    if not settings().totp_required:
        yield Finding(Grade.BAD, "nobody needs a second factor", "take ORDERHUB_TOTP_REQUIRED away")
    with reading() as session:
        wanted = select(func.count()).where(col(User.is_active), User.role == Role.ADMIN)
        admins = session.exec(wanted).one()
    if not admins:
        yield Finding(Grade.BAD, "there is no administrator", "open the hub's address: its first page makes one")
    elif admins == 1:
        yield Finding(Grade.WARNING, "there is one administrator", "only another one resets a lost factor")
    else:
        yield Finding(Grade.OK, f"{admins} administrators")


def _shops(now: datetime) -> Iterator[Finding]:
    with reading() as session:
        shops, states = session.exec(select(func.count()).select_from(Shop)).one(), shop_states(session, now)
    for state in states:
        if state.needs_authorising:
            yield Finding(Grade.BAD, f"{state.code}: its token has ended", "authorise the shop again on /system")
        elif state.is_behind:
            yield Finding(Grade.WARNING, f"{state.code} is behind: {state.error or 'not pulled'}", "see /system")
    if not any(state.needs_authorising or state.is_behind for state in states):
        yield Finding(Grade.OK, f"{shops} shops are in step" if shops else "no shop is connected yet")


def _jobs(now: datetime) -> Iterator[Finding]:
    newest_run = select(func.max(JobRun.started_at))
    failing = (
        select(JobRun.job)
        .where(JobRun.state == RunState.FAILED, JobRun.started_at > now - timedelta(hours=1))
        .group_by(col(JobRun.job))
        .having(func.count() > 2)  # once is chance, thrice is not
    )
    with reading() as session:
        last, names = session.exec(newest_run).one(), session.exec(failing).all()
    if last is None or now - last > timedelta(minutes=5):
        yield Finding(Grade.WARNING, "nothing has run by the clock lately", "start the hub, or one python -m jobs")
    for name in names:
        yield Finding(Grade.BAD, f"{name} keeps failing", "see its runs on /monitor")
    if last and not names:
        yield Finding(Grade.OK, "what runs by the clock does not fail")


def _backups(now: datetime) -> Iterator[Finding]:
    old = age(now)
    if old is None:
        yield Finding(Grade.BAD, "there is no backup", "orderhub backup makes one; the clock does every night")
    elif old > _OLD_BACKUP:
        yield Finding(Grade.BAD, f"the newest backup is {old.days * 24 + old.seconds // 3600} h old", "see /monitor")
    else:
        yield Finding(Grade.OK, f"the newest backup is {old.seconds // 3600 + old.days * 24} h old")


def _private(mode: int, what: str, remedy: str) -> Finding:
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding(Grade.BAD, f"others on this machine may read {what}", remedy)
    return Finding(Grade.OK, f"{what} is the hub's alone")


CHECKS: tuple[Callable[[datetime], Iterator[Finding]], ...] = (
    _data_directory,
    _secret_key,
    _database,
    _broker,
    _front_end,
    _address,
    _people,
    _shops,
    _jobs,
    _backups,
)
