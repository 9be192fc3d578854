"""Is the front end built from the sources that stand here? `python -m orderhub.frontend` makes it so."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / ".web" / "build" / "client"
STAMP = ROOT / ".web" / "orderhub.build"

# What the pages are made of, with the rooms whose words they show. Not the port: see `_unbind`.
_SOURCES = (
    "orderhub/ui/**/*.py",
    "orderhub/domain/**/*.py",
    "orderhub/insights/**/*.py",
    "orderhub/access/*.py",
    "orderhub/app.py",
    "orderhub/frontend.py",
    "rxconfig.py",
    "requirements.lock",
    "reflex.lock/*",
    ".npmrc",
    "assets/**/*",
)
_BAKED_ADDRESS = re.compile(r"""(["'`])ws://localhost:\d+/_event\1""")
_ADDRESS_OF_THE_PAGE = '("ws://localhost:"+(globalThis.location?.port||"80")+"/_event")'
_DROPPED_PORT = re.compile(r"""(=(["'`])https:\2\),\w+\.port=)(["'`])\3""")
_PORT_OF_THE_PAGE = r"\1window.location.port"
_COMPRESS = """
const fs = require("fs"), zlib = require("zlib");
for (const file of process.argv.slice(1)) {
  const raw = fs.readFileSync(file);
  fs.writeFileSync(file + ".br", zlib.brotliCompressSync(raw));
  fs.writeFileSync(file + ".gz", zlib.gzipSync(raw, {level: 9}));
}
"""


def source_hash() -> str:
    """Of everything the built pages depend on, by content."""
    summary = hashlib.sha256()
    for pattern in _SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts and "external" not in path.parts:
                summary.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return summary.hexdigest()


def is_whole() -> bool:
    """A build was carried to its end, from whatever sources."""
    return CLIENT.exists() and STAMP.exists()


def is_built() -> bool:
    """From these very sources."""
    return is_whole() and STAMP.read_text() == source_hash()


def build() -> bool:
    """Build the front end unless it is there already, from these very sources; says whether it had to.

    Raises:
        subprocess.CalledProcessError: the build failed; its output has been shown.
    """
    if is_built():
        return False
    print("setting up: front end", flush=True)
    STAMP.unlink(missing_ok=True)  # whoever serves from now on is told, until the new one is whole
    made_of = source_hash()  # what changes while it is built is not in it
    lock_kept = _keep_lock_order()
    command = [str(Path(sys.executable).parent / "reflex"), "export", "--no-zip", "--loglevel", "warning"]
    subprocess.run(command, cwd=ROOT, check=True)
    lock_kept()
    _unbind()
    STAMP.write_text(made_of)
    return True


def _keep_lock_order() -> Callable[[], None]:
    """Reflex writes `package.json` anew with its keys shuffled; the same content keeps the same bytes."""
    path = ROOT / "reflex.lock" / "package.json"
    before = path.read_text() if path.exists() else ""

    def restore() -> None:
        if before and json.loads(path.read_text()) == json.loads(before):
            path.write_text(before)

    return restore


def _unbind() -> None:
    """Make the built pages talk to the address they were loaded from.

    Reflex bakes ``ws://localhost:<port>`` and drops the port behind https; then every other port needs its own build.
    """
    addresses = _rewrite(_BAKED_ADDRESS, _ADDRESS_OF_THE_PAGE)
    ports = _rewrite(_DROPPED_PORT, _PORT_OF_THE_PAGE)
    if not addresses or not ports:
        raise RuntimeError("the built pages name no socket address: Reflex has changed, see docs/decisions/serving.md")
    node = str(Path(sys.executable).parent / "node")
    subprocess.run([node, "-e", _COMPRESS, *{*addresses, *ports}], check=True)


def _rewrite(pattern: re.Pattern[str], instead: str) -> list[Path]:
    """The built scripts in which ``pattern`` was found and replaced."""
    changed = []
    for path in CLIENT.glob("assets/*.js"):
        script, found = pattern.subn(instead, path.read_text())
        if found:
            path.write_text(script)
            changed.append(path)
    return changed


if __name__ == "__main__":
    build()
