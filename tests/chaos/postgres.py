"""Which PostgreSQL may a test stop? One of its own: a cluster in a folder of its own, at a port of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlmodel import SQLModel

import orderhub.tables  # noqa: F401
from orderhub.kernel.db import Database

from .far import Far
from .hubs import free_port

_OWNER = "postgres"  # the server refuses to be run by root


@dataclass(frozen=True)
class Cluster:
    folder: Path
    port: int
    programs: Path
    where: Far | None = None

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{_OWNER}@{self._host}:{self.port}/postgres"

    @property
    def _host(self) -> str:
        return self.where.address if self.where else "127.0.0.1"

    def start(self) -> None:
        given = f"-p {self.port} -c listen_addresses={self._host} -c unix_socket_directories=''"
        self._control("start", "-o", given)

    def stop(self) -> None:
        """As when its machine loses power: nobody is told, nothing is flushed."""
        self._control("stop", "-m", "immediate")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Its kernel takes what comes, and acknowledges it; nothing is answered."""
        head = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
        stopped = [head, *head.children()]
        for one in stopped:
            one.suspend()
        try:
            yield
        finally:
            for one in stopped:
                one.resume()

    def _control(self, *words: str) -> None:
        command = [self.programs / "pg_ctl", "-D", self.folder, "-w", "-l", self.folder / "log", *words]
        _run(*command, where=self.where)


@contextmanager
def cluster(where: Far | None = None) -> Iterator[Cluster]:
    """Running, with every table; gone with the block. Raises: FileNotFoundError: no PostgreSQL is installed."""
    folder = Path(tempfile.mkdtemp(prefix="orderhub-cluster-"))
    made = Cluster(folder, free_port(), _programs(), where)
    if os.geteuid() == 0:
        shutil.chown(folder, _OWNER)
    try:
        _run(made.programs / "initdb", "-D", folder, "-A", "trust", "-U", _OWNER, "-E", "UTF8", "--no-locale", "-N")
        if where:
            with (folder / "pg_hba.conf").open("a") as trusted:
                trusted.write(f"host all all {where.network} trust\n")
        made.start()
        database = Database(made.url)
        SQLModel.metadata.create_all(database.engine)
        database.close()
        yield made
        made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise FileNotFoundError("no PostgreSQL server is installed here")
    return found[-1].parent


def _run(*command: object, where: Far | None = None) -> None:
    user = _OWNER if os.geteuid() == 0 and not where else None
    words = [*(where.within(_OWNER) if where else ()), *(str(word) for word in command)]
    subprocess.run(words, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
