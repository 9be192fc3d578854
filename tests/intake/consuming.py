"""Other processes that work off what waits, for tests."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def begin(url: str, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.intake.consuming_process", url, *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout
    while (line := process.stdout.readline()) and line != b"started\n":
        pass
    return process


def end(process: subprocess.Popen[bytes]) -> int:
    """How many messages it has taken, all of them finished."""
    said, _ = process.communicate(timeout=40)
    assert process.returncode == 0
    return int(said.splitlines()[-1])
