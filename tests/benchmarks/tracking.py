"""How many buyers may look at their parcels at once? Pages of 100,000 tracks, over real HTTP from a served hub."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from unittest.mock import patch

import psutil
from sqlalchemy import insert
from sqlmodel import select

from orderhub.domain.order import Shipment
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.track import Scan, Track
from orderhub.domain.tracking_link import LIVES, link_token
from orderhub.domain.words import Carrier, ScanNode
from orderhub.kernel import secrets
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import batched
from orderhub.kernel.settings import settings
from tests import months
from tests.browser.served import COMMAND, Hub, served_demo
from tests.builders import begin_log_anew

from .measuring import Figure, p95

TRACKS = 100_000
PER_SECOND, P95_MS = 200, 50
PACED_SECONDS = 20
BUYERS = 16
_WAY = (
    (2, ScanNode.COLLECTED, "【杭州城南区】的周小林已收件 电话:13800009045"),
    (9, ScanNode.LEFT_HUB, "快件离开【杭州转运中心】，已发往【北京转运中心】"),
    (30, ScanNode.ARRIVED_HUB, "快件已到达【北京转运中心】扫描员是【扫描员66】"),
    (33, ScanNode.LEFT_HUB, "快件由【北京转运中心】发往【北京朝阳公司】"),
    (40, ScanNode.ARRIVED_HUB, "快件已到达【北京朝阳公司】"),
    (44, ScanNode.OUT_FOR_DELIVERY, "【北京朝阳公司】的派件员【张大山(13800000488)】正在为您派件"),
    (49, ScanNode.DELIVERED, "已签收(13800004057)，签收人是【朋友代签】,如有疑问请联系:13800004057"),
)
# What a page can cost at least: the same server and front of the hub, and a page that is a string.
_BARE = """
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from granian import Granian
from granian.constants import Interfaces
PAGE = open({page!r}).read()
async def page(request):
    return HTMLResponse(PAGE)
app = Starlette(routes=[Route("/t/{{token}}", page)])
if __name__ == "__main__":
    Granian("bare:app", address="127.0.0.1", port={port}, interface=Interfaces.ASGI, workers=1).serve()
"""


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = _fill(folder)
        trusted = {"ORDERHUB_TRUSTED_PROXIES": '["127.0.0.1"]', "ORDERHUB_CLOCK": "false"}
        with served_demo(folder, more=trusted, history_days=0) as hub:
            hub.tell_lab("stop")
            asyncio.run(_asked(hub.port, paths[:200], seconds=3))
            paced, taken = asyncio.run(_asked(hub.port, paths, seconds=PACED_SECONDS, per_second=PER_SECOND))
            before = _processor_seconds(hub)
            most, looks = asyncio.run(_asked(hub.port, paths, seconds=PACED_SECONDS / 2))
            spent = (_processor_seconds(hub) - before) / len(looks)
            page = asyncio.run(_page(hub.port, paths[0]))
        with _bare(folder, page) as port:
            bare, bare_taken = asyncio.run(_asked(port, paths, seconds=PACED_SECONDS / 4))
    yield Figure("size of a page", len(page) / 1000, "kB", 100)
    yield Figure(f"pages of {TRACKS:,} tracks, {PER_SECOND} a second asked for", paced, "a second", 0)
    yield Figure("the same, a page", p95(taken), "ms p95", P95_MS)
    yield Figure(f"pages, as fast as {BUYERS} buyers can ask", most, "a second", PER_SECOND, is_rate=True)
    yield Figure("processor time of the hub for a page, all its threads", spent * 1000, "ms")
    yield Figure("peer: bare Starlette route, the same page as a string", bare, "a second")
    yield Figure("peer: the same, a page", p95(bare_taken), "ms p95")


def _processor_seconds(hub: Hub) -> float:
    """Spent so far by the hub's own processes, the lab's not among them: what a busy machine does not change."""
    own = psutil.Process(hub.process.pid)
    every = [own, *(one for one in own.children(recursive=True) if "lab" not in one.cmdline())]
    return sum(one.cpu_times().user + one.cpu_times().system for one in every)


def _fill(folder: Path) -> list[str]:
    """Addresses of parcels in a random order; their shops are not connected, so the clock leaves them alone."""
    environment = os.environ | {"ORDERHUB_DATA_DIR": str(folder)}
    subprocess.run([COMMAND, "migrate", "--quiet"], env=environment, check=True)
    now, rng = utc_now(), Random(1)
    database = Database(f"sqlite:///{folder / 'orderhub.db'}")
    months.fill(database, int(TRACKS * 1.07), now=now)
    with database.transaction() as session:
        for shop in session.exec(select(Shop)):
            shop.rollout = Rollout.OFF
        # Workflows that go through months of events would be measured else.
        begin_log_anew(session)
        parcels = session.exec(select(Shipment.tracking_no, Shipment.shipped_at).limit(TRACKS)).all()
    tracks = list(enumerate(parcels, start=1))
    for part in batched(tracks, 5_000):
        rows, scans = [], []
        for track_id, (no, shipped_at) in part:
            way = _WAY[: rng.choice((0, 2, 3, 5, 6, 7, 7, 7))]
            last = way[-1][1] if way else None
            at = [(shipped_at or now) + timedelta(hours=hours) for hours, _, _ in way]
            rows.append(
                {
                    "id": track_id, "tracking_no": no, "carrier": Carrier.ZTO, "warehouse_id": 0,
                    "to_region": "北京市 北京市 朝阳区", "node": last, "shipped_at": shipped_at,
                    "scanned_at": at[-1] if at else None, "moved_at": at[-1] if at else None,
                    "arrived_at": at[-1] if last is ScanNode.DELIVERED else None, "check_at": None, "alarm": "none",
                }
            )  # fmt: skip
            scans += [
                {
                    "track_id": track_id, "at": moment, "text": text, "place": "", "node": node,
                    "digest": f"{track_id}-{hours}", "heard_at": moment,
                }
                for moment, (hours, node, text) in zip(at, way, strict=True)
            ]  # fmt: skip
        with database.transaction() as session:
            session.connection().execute(insert(Track), rows)
            if scans:
                session.connection().execute(insert(Scan), scans)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    database.close()
    paths = _paths(folder, [track_id for track_id, _ in tracks], now + LIVES)
    rng.shuffle(paths)
    return paths


def _paths(folder: Path, track_ids: Sequence[int], ends_at: datetime) -> list[str]:
    """Signed with the served hub's own key."""
    with patch.dict(os.environ, {"ORDERHUB_DATA_DIR": str(folder)}):
        settings.cache_clear()
        secrets.forget_keys()
        paths = [f"/t/{link_token(track_id, ends_at=ends_at)}" for track_id in track_ids]
    settings.cache_clear()
    secrets.forget_keys()
    return paths


async def _asked(port: int, paths: Sequence[str], *, seconds: float, per_second: int = 0) -> tuple[float, list[float]]:
    """Pages a second and what each took in ms, from sixteen who keep their connection; ``per_second`` 0: at once."""
    start, taken, turns = time.perf_counter(), [], iter(range(10**9))
    end = start + seconds

    async def look() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            turn = next(turns)
            planned = start + turn / per_second if per_second else time.perf_counter()
            if max(planned, time.perf_counter()) >= end:
                break
            if (early := planned - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            await _get(reader, writer, paths[turn % len(paths)], turn)
            # From the moment it was due: waiting for a free connection counts.
            taken.append((time.perf_counter() - planned) * 1000)
        writer.close()

    await asyncio.gather(*(look() for _ in range(BUYERS)))
    return len(taken) / (time.perf_counter() - start), taken


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, turn: int) -> bytes:
    """Each from an address of its own, as a proxy tells it."""
    address = f"10.{turn >> 16 & 255}.{turn >> 8 & 255}.{turn & 255}"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {address}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head[:300]
    lines = head.lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
    return await reader.readexactly(length)


async def _page(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    page = await _get(reader, writer, path, 0)
    writer.close()
    return page


@contextmanager
def _bare(folder: Path, page: bytes) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "page.html").write_bytes(page)
    (folder / "bare.py").write_text(_BARE.format(page=str(folder / "page.html"), port=port))
    process = subprocess.Popen([sys.executable, str(folder / "bare.py")], cwd=folder)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(15)
