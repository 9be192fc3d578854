"""What does a network do that swallows everything without a word? A namespace of its own at the end of a wire.

Whoever runs in it is reached at ``address``; ``swallows`` takes the address from the far end, so that what is sent is
neither acknowledged nor refused. A proxy cannot: its kernel acknowledges in its name.
"""

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

_PROGRAM = shutil.which("ip") or ""


@dataclass(frozen=True)
class Far:
    namespace: str
    address: str
    network: str

    @contextmanager
    def swallows(self) -> Iterator[None]:
        _ip("-n", self.namespace, "address", "del", f"{self.address}/30", "dev", "far")
        try:
            yield
        finally:
            self.takes()

    def takes(self) -> None:
        _ip("-n", self.namespace, "address", "add", f"{self.address}/30", "dev", "far")

    def within(self, user: str) -> tuple[str, ...]:
        """What a command begins with that runs there as ``user``."""
        return (_PROGRAM, "netns", "exec", self.namespace, "runuser", "-u", user, "--")


def why_not() -> str:
    """Why no namespace can be made here; empty where one can."""
    if os.geteuid() != 0 or not _PROGRAM:
        return "a network namespace needs root and iproute2"
    try:
        with far():
            return ""
    except subprocess.CalledProcessError as error:
        return f"no network namespace here: {error.stderr.decode().strip()}"


@contextmanager
def far() -> Iterator[Far]:
    """A namespace and a wire to it; both go with the block. Raises: CalledProcessError."""
    name = uuid4().hex[:8]
    network = f"10.231.{random.randrange(256)}"
    made, near = Far(f"orderhub-{name}", f"{network}.2", f"{network}.0/30"), f"near-{name}"
    _ip("netns", "add", made.namespace)
    try:
        _ip("link", "add", near, "type", "veth", "peer", "name", "far", "netns", made.namespace)
        _ip("address", "add", f"{network}.1/30", "dev", near)
        _ip("link", "set", near, "up")
        _ip("-n", made.namespace, "link", "set", "far", "up")
        made.takes()
        yield made
    finally:
        _ip("netns", "del", made.namespace)  # and the wire with it


def _ip(*words: str) -> None:
    subprocess.run([_PROGRAM, *words], check=True, capture_output=True)
