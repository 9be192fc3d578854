"""Does the hub start, whatever the thread that waits for it does meanwhile, and only with a whole front end?"""

import socket
import subprocess
import sys

import pytest

from orderhub import frontend, serve
from orderhub.kernel.errors import SetupError

# A worker is forked from a process whose other thread asks whether the hub answers yet. A module's lock that the
# thread holds at that moment is held in the worker for ever.
_WAITS = """
import sys, time
from orderhub import serve
from orderhub.kernel.settings import settings
settings().port
known = set(sys.modules)
serve.when_ready("ready")
time.sleep(1)
print(*sorted(set(sys.modules) - known))
"""


def test_whoever_waits_for_the_hub_imports_nothing_while_its_worker_is_forked(monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ORDERHUB_PORT", str(probe.getsockname()[1]))
    told = subprocess.run([sys.executable, "-c", _WAITS], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == []


def test_a_front_end_whose_build_was_broken_off_is_not_served(monkeypatch, tmp_path):
    client, stamp = tmp_path / "client", tmp_path / "orderhub.build"
    client.mkdir()
    monkeypatch.setattr(frontend, "CLIENT", client)
    monkeypatch.setattr(frontend, "STAMP", stamp)
    monkeypatch.setattr(serve, "check_port", lambda *_: None)
    with pytest.raises(SetupError, match="make setup"):
        serve.check_start()
    stamp.write_text("of any sources")
    serve.check_start()
