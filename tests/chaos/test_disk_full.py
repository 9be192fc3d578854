"""Does the hub say so when its disk is full, lie about nothing, and go on by itself once there is room?"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .closing import assert_closed
from .hubs import nursery, use, wait_until
from .world import prepare
from .writers import together, writing

FULL_MB, LARGE_MB = 8, 64


@pytest.fixture
def small_disk(tmp_path, monkeypatch) -> Iterator[Path]:
    """A disk of a few megabytes."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    if _told("mount", "-t", "tmpfs", "-o", f"size={FULL_MB}m", "tmpfs", str(mounted)):
        pytest.skip("only root may mount a small disk")
    use(mounted, monkeypatch.setenv)
    yield mounted
    _told("umount", "--lazy", str(mounted))


@pytest.mark.timeout(600)
def test_a_full_disk_refuses_and_loses_nothing(small_disk):
    url = f"sqlite:///{small_disk / 'orderhub.db'}"
    world = prepare(url)
    (small_disk / "ballast").write_bytes(b"\0" * max(0, shutil.disk_usage(small_disk).free - 900_000))
    with nursery(url, small_disk) as hubs:
        hub = hubs.start()
        with writing(lambda: [hub.port], world.bearer, pause=0.02) as writers:
            wait_until(lambda: together(writers).answers["503"] > 10, seconds=120)
            full = together(writers)
            time.sleep(2)
            assert not _told("mount", "-o", f"remount,size={LARGE_MB}m", str(small_disk))
            time.sleep(3)
        assert_closed(url, writers)
        answers = together(writers).answers
    assert set(answers) <= {"202", "503"}
    assert answers["202"] > full.answers["202"]


def _told(*command: str) -> int:
    if not shutil.which(command[0]):
        return 1
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode
