"""Is nothing lost or doubled where the whole hub is killed every second or two? The short form of the command."""

from pathlib import Path

import pytest

from . import drill
from .hubs import use

KILLS = 6


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    use(tmp_path, monkeypatch.setenv)
    return tmp_path


@pytest.mark.timeout(400)
def test_killing_the_whole_hub_again_and_again_loses_and_doubles_nothing(db_url, folder):
    done = drill.run(db_url, folder, kills=KILLS)
    assert done.count.faults == {}, str(done)
    assert done.count.acknowledged > 5 * KILLS
    assert done.sent.answers["202"] > done.count.acknowledged
