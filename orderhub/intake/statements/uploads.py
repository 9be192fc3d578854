"""Which statement is somebody about to take? Kept as it came until they have looked at it, at most for a day."""

import json
import secrets
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from orderhub.domain.settlement_book import Delivery, Weighed, weigh
from orderhub.intake.statements.reading import read_statement
from orderhub.kernel.db import reading
from orderhub.kernel.errors import NotFound
from orderhub.kernel.settings import settings

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Upload:
    """``mark`` names it in addresses and on disk; ``shop`` is the code of the shop it was given for, or empty."""

    mark: str
    name: str
    shop: str

    @property
    def path(self) -> Path:
        return _folder() / self.mark


def keep(source: Path, name: str, *, shop: str) -> Upload:
    """Move ``source`` to where uploads wait."""
    upload = Upload(secrets.token_hex(16), name, shop)
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.move(source, upload.path)
    _said_of(upload.mark).write_text(json.dumps({"name": name, "shop": shop}), encoding="utf-8")
    return upload


def upload_marked(mark: str) -> Upload:
    """Raises: NotFound: it was taken, given up or forgotten."""
    if not mark.isalnum() or not _said_of(mark).is_file():
        raise NotFound("this upload is no longer here")
    said = json.loads(_said_of(mark).read_text(encoding="utf-8"))
    return Upload(mark, said["name"], said["shop"])


def forget(upload: Upload) -> None:
    upload.path.unlink(missing_ok=True)
    _said_of(upload.mark).unlink(missing_ok=True)


def forget_uploads(now: datetime) -> int:
    """Uploads that nobody took within a day; returns how many."""
    old = [path for path in _folder().glob("*.json") if _kept_since(path) < (now - KEPT_FOR).timestamp()]
    for path in old:
        forget(Upload(path.stem, "", ""))
    return len(old)


def preview(upload: Upload) -> tuple[Delivery, Weighed]:
    """What it holds and what taking it would find.

    Raises:
        BadInput: it cannot be read. NotFound: its account belongs to no shop.
    """
    delivery = read_statement(upload.path, upload.name, shop=upload.shop)
    with reading() as session:
        return delivery, weigh(session, delivery)


def _folder() -> Path:
    return settings().data_dir / "statements"


def _said_of(mark: str) -> Path:
    return _folder() / f"{mark}.json"


def _kept_since(path: Path) -> float:
    return path.stat().st_mtime
