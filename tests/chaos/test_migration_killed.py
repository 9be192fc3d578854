"""Is a database that is killed in the middle of its migration still whole, and does migrating again finish it?"""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import inspect

from alembic import command
from orderhub import migration
from orderhub.kernel import db
from orderhub.kernel.settings import settings

from .hubs import ROOT, environment

# Dies as by `kill -9` right after its n-th statement.
_DIES = """
import os, signal, sys
from sqlalchemy import event
from orderhub import migration
from orderhub.kernel.db import database
last, done = int(sys.argv[1]), 0
@event.listens_for(migration.database().engine, "after_cursor_execute")
def count(*_):
    global done
    done += 1
    if done == last:
        os.kill(os.getpid(), signal.SIGKILL)
migration.migrate()
print(done)
"""
DEATHS = 4


@pytest.mark.timeout(600)
def test_it_stands_where_it_was_or_where_it_should_be(bare_url, folder, monkeypatch):
    monkeypatch.setenv("ORDERHUB_DATABASE_URL", bare_url)
    settings.cache_clear()
    db.open_database(bare_url)
    migration.migrate()
    new = _stands()
    command.downgrade(migration.config(), "-12")
    old = _stands()
    db.close_database()
    every = int(_migrated(bare_url, folder, last=0).stdout)
    ends = []
    for turn in range(DEATHS):
        db.open_database(bare_url)
        if _stands() == new:
            command.downgrade(migration.config(), "-12")
        db.close_database()
        assert _migrated(bare_url, folder, last=1 + turn * (every - 1) // (DEATHS - 1)).returncode == -signal.SIGKILL
        db.open_database(bare_url)
        ends.append([old, new].index(_stands()))
        db.close_database()
    assert ends == sorted(ends), "once it was whole, later deaths leave it so"
    assert ends.count(0) >= DEATHS // 2
    db.open_database(bare_url)
    migration.migrate()
    assert _stands() == new
    command.check(migration.config())
    db.close_database()


def _stands() -> tuple[str, dict[str, list[str]]]:
    """The revision, and every table's columns."""
    found = inspect(db.database().engine)
    columns = {name: sorted(one["name"] for one in found.get_columns(name)) for name in found.get_table_names()}
    return migration.current(), columns


def _migrated(url: str, folder, *, last: int) -> "subprocess.CompletedProcess[str]":
    given = os.environ | environment(folder) | {"ORDERHUB_DATABASE_URL": url}
    command_line = [sys.executable, "-c", _DIES, str(last)]
    return subprocess.run(command_line, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
