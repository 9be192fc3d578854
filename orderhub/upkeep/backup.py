"""How is a whole hub saved, and brought back? One archive: the database, the kept files, and what it is.

The secret key is not in it: an archive that opens its own secrets protects nothing. It says by a fingerprint which key
it needs, and is not brought back without that key.
"""

import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.errors import BadInput, SetupError
from orderhub.kernel.secrets import derived
from orderhub.kernel.settings import settings
from orderhub.migration import current, is_known
from orderhub.upkeep.copying import REVISIONS, Counts, copy, count, count_restored, owning, put_back

FILES = ("photos", "statements", "imports")  # folders of the data directory that rows point to
_PREFIX = "orderhub-"
_ENDING = ".tar.gz"
_DATABASE = "database"
_MANIFEST = "manifest.json"
_VERSION = 1


@dataclass(frozen=True)
class Manifest:
    """``rows`` by table; ``key`` is a fingerprint that opens nothing; ``revision`` the schema's."""

    version: int
    made_at: str
    kind: str
    revision: str
    key: str
    rows: Counts
    files: int


@dataclass(frozen=True)
class Saved:
    path: Path
    manifest: Manifest
    is_verified: bool

    def __str__(self) -> str:
        rows, size = sum(self.manifest.rows.values()), self.path.stat().st_size
        verified = "verified by restoring it" if self.is_verified else "NOT verified"
        return f"{self.path}: {rows} rows, {self.manifest.files} files, {size / 1e6:.1f} MB, {verified}"


@dataclass(frozen=True)
class Restored:
    """``kept`` is what was there before, beside the new database; empty when nothing was."""

    manifest: Manifest
    kept: str

    def __str__(self) -> str:
        made = shanghai_text(datetime.fromisoformat(self.manifest.made_at))
        beside = f"; what was here is kept as {self.kept}" if self.kept else ""
        return f"the hub of {made}: {sum(self.manifest.rows.values())} rows, {self.manifest.files} files{beside}"


def folder() -> Path:
    return settings().backup_dir or settings().data_dir / "backups"


def save(to: Path | None = None, *, now: datetime, verify: bool = True) -> Saved:
    """Save the hub while it runs. The archive appears under its name only when it is whole, and verified.

    Raises:
        SetupError: what is missing or damaged; no archive is left then.
    """
    to = to or folder()
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = make_url(settings().url)
    with tempfile.TemporaryDirectory(dir=to, prefix=".saving-") as scratch:
        copied, whole = Path(scratch) / _DATABASE, Path(scratch) / "whole"
        rows = copy(url, copied)
        kept = _kept_files()
        manifest = Manifest(_VERSION, now.isoformat(), url.get_backend_name(), current(), _key_mark(), rows, len(kept))
        _pack(whole, manifest, copied, kept)
        if verify:
            _verify(url, whole, manifest, Path(scratch))
        whole.chmod(0o600)
        path = to / f"{_PREFIX}{shanghai_text(now, '%Y%m%d-%H%M%S')}{_ENDING}"
        whole.rename(path)
    return Saved(path, manifest, verify)


def saved(at: Path | None = None) -> list[Path]:
    """The archives in a folder, newest first."""
    return sorted((at or folder()).glob(f"{_PREFIX}*{_ENDING}"), reverse=True)


def save_daily(now: datetime) -> str:
    """For the clock: save, verify, and keep as many as the settings say. Safe to repeat."""
    if settings().demo:
        return "the demo is not saved"
    done = save(now=now)
    for old in saved()[settings().backup_keep :]:
        old.unlink()
    return str(done)


def manifest_of(archive: Path) -> Manifest:
    """Raises: BadInput: it is no archive of ours, or of a newer hub."""
    with _opened(archive) as tar:
        return _manifest(tar)


def restore(archive: Path, *, replace: bool, now: datetime) -> Restored:
    """Bring a hub back; what is there now is kept beside it, under another name. Stop the hub first.

    Raises:
        BadInput: no archive of ours, or of another kind of database.
        DatabaseBusy: a hub is running.
        SetupError: it needs another key, or there is a database and ``replace`` is not said; nothing is changed then.
    """
    url = make_url(settings().url)
    with _opened(archive) as tar, tempfile.TemporaryDirectory() as scratch:
        manifest = _manifest(tar)
        _check_fits(url, manifest)
        if not replace and any(rows for table, rows in count(url).items() if table != REVISIONS):
            raise SetupError("there is a database here: --replace puts the archive in its place and keeps it beside")
        _unpack(tar, tar.getmembers(), Path(scratch))
        if count_restored(url, Path(scratch) / _DATABASE) != manifest.rows:
            raise SetupError("the archive does not hold the rows it says: it is damaged")
        with owning(url):
            kept = put_back(url, Path(scratch) / _DATABASE, f"before-{shanghai_text(now, '%Y%m%d-%H%M%S')}")
            _bring_files(Path(scratch))
    if count(url) != manifest.rows:
        raise SetupError(f"what was brought back is not what was saved: {kept or 'nothing'} holds what was there")
    return Restored(manifest, kept)


def age(now: datetime) -> timedelta | None:
    """How old the newest archive is; None without one."""
    newest_one = next(iter(saved()), None)
    return now - datetime.fromisoformat(manifest_of(newest_one).made_at) if newest_one else None


def _kept_files() -> list[Path]:
    root = settings().data_dir
    return sorted(path for name in FILES for path in (root / name).rglob("*") if path.is_file())


def _key_mark() -> str:
    return derived("backup").hex()[:16]


def _pack(whole: Path, manifest: Manifest, copied: Path, kept: Sequence[Path]) -> None:
    root = settings().data_dir
    described = copied.with_name(_MANIFEST)
    described.write_text(json.dumps(asdict(manifest), indent=1))
    with tarfile.open(whole, "w:gz", compresslevel=3) as tar:
        tar.add(described, _MANIFEST)
        tar.add(copied, _DATABASE)
        for path in kept:
            tar.add(path, f"files/{path.relative_to(root).as_posix()}")


def _verify(url: URL, whole: Path, manifest: Manifest, scratch: Path) -> None:
    with _opened(whole) as tar:
        _unpack(tar, [tar.getmember(_DATABASE)], scratch / "again")
        found = sum(member.name.startswith("files/") for member in tar.getmembers())
    rows = count_restored(url, scratch / "again" / _DATABASE)
    if rows != manifest.rows or found != manifest.files:
        raise SetupError("the archive does not give back what was saved: the disk may be failing")


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            yield tar
    except (OSError, EOFError, tarfile.TarError) as error:
        raise BadInput(f"{archive.name}: no archive of a hub, or it is cut off", field="file") from error


def _unpack(tar: tarfile.TarFile, members: Iterable[tarfile.TarInfo], into: Path) -> None:
    """Plain files alone, and none beside ``into``. The filters of ``tarfile`` came with 3.11.4: Debian 12 has 3.11.2.

    Raises:
        BadInput: something else is in it; nothing of that is written.
    """
    for member in members:
        path, said = (into / member.name).resolve(), tar.extractfile(member) if member.isfile() else None
        if said is None or not path.is_relative_to(into.resolve()):
            raise BadInput(f"{member.name}: no file that a hub saves", field="file")
        path.parent.mkdir(parents=True, exist_ok=True)
        with said, path.open("wb") as file:
            shutil.copyfileobj(said, file)


def _manifest(tar: tarfile.TarFile) -> Manifest:
    try:
        said = tar.extractfile(_MANIFEST)
        found = Manifest(**json.load(said)) if said else None
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("the archive does not say what it is", field="file") from error
    if found is None or found.version != _VERSION:
        raise BadInput("the archive is of another version of the hub", field="file")
    return found


def _check_fits(url: URL, manifest: Manifest) -> None:
    if manifest.kind != url.get_backend_name():
        raise BadInput(f"the archive is of a {manifest.kind} database", field="file")
    if manifest.key != _key_mark():
        raise SetupError("the archive needs the secret key it was made with: put that back first (ORDERHUB_SECRET_KEY)")
    if not is_known(manifest.revision):
        raise BadInput("the archive is of a newer hub: bring it back with that version", field="file")


def _bring_files(scratch: Path) -> None:
    """Files already there stay: their names say what is in them, or are nobody else's."""
    if (scratch / "files").exists():
        shutil.copytree(scratch / "files", settings().data_dir, dirs_exist_ok=True)
