"""Bring a fresh clone to where it can run: virtual environment, pinned packages, front end, database.

Run by any Python ≥ 3.11 (`python3 scripts/setup.py`); standard library only. Each step leaves a stamp with the hash of
what it was made from, so that nothing unchanged is made again and a repeated run needs no network.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {False: ROOT / "requirements.lock", True: ROOT / "requirements-dev.lock"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", action="store_true", help="also what the tests need, Chromium included")
    parser.add_argument("--packages-only", action="store_true", help="stop before the front end and the database")
    given = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036  (whoever runs this may be older)
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}: set PYTHON=python3.12, for one")
    if not PYTHON.exists():
        say("virtual environment")
        venv.create(VENV, with_pip=True)
    install_packages(dev=given.dev)
    if given.dev:
        find_browser()
    if not given.packages_only:
        run(PYTHON, "-m", "orderhub.frontend")
        run(PYTHON, "-m", "orderhub.cli", "migrate", "--quiet")


def install_packages(*, dev: bool) -> None:
    """The dev lock holds the other one whole, so an environment made for the tests serves as well.

    A lock lists every package there is to install, so pip resolves nothing: left to, it meets releases younger than
    the lock when one package asks for another with an extra, and refuses them for want of a hash.
    """
    stamp = VENV / ".packages"
    wanted = {is_dev: hashlib.sha256(lock.read_bytes()).hexdigest() for is_dev, lock in LOCKS.items()}
    standing = stamp.read_text() if stamp.exists() else ""
    if standing == wanted[True] or (not dev and standing == wanted[False]):
        return
    say("packages")
    pip = (PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "install", "--require-hashes", "--no-deps", "-r", LOCKS[dev])
    run(*pip, "install", "--no-index", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    run(*pip, "check")
    stamp.write_text(wanted[dev])


def find_browser() -> None:
    """Chromium for the browser tests: the one on PATH, Debian's when we are root, else Playwright's own."""
    if shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Chromium and a Chinese font")
        if attempt("apt-get", "update", "-qq") and attempt(
            "apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"
        ):
            return
    say("Playwright's Chromium")
    if not attempt(PYTHON, "-m", "playwright", "install", "chromium"):
        sys.exit("no browser for the tests: install Chromium (Debian: apt-get install chromium) and run again")


def attempt(*command: object) -> bool:
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode == 0


def run(*command: object) -> None:
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def say(what: str) -> None:
    print(f"setting up: {what}", flush=True)


if __name__ == "__main__":
    main()
