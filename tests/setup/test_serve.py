"""Does the hub start, whatever the thread that waits for it does meanwhile?"""

import socket
import subprocess
import sys

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
