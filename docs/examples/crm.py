"""A CRM beside OrderHub: it is told what happens, checks who says so, and reads the order into a small database.

Its webhook hears of order.paid and order.status_changed; its key may api:order:read.

    python crm.py 8099 crm.db      listens on http://127.0.0.1:8099/hook (put https before it: a proxy's work)
"""

import base64
import hashlib
import hmac
import json
import os
import queue
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

SECRET = base64.b64decode(os.environ["ORDERHUB_SECRET"].removeprefix("whsec_"))
LATEST = 300  # seconds a message may be old: an overheard one cannot be played again later
waiting: queue.Queue[str] = queue.Queue()  # orders to read; what is lost here, the next start finds in `seen`


def is_from_the_hub(headers: dict[str, str], raw: bytes) -> bool:
    number, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdigit() or abs(time.time() - int(at)) > LATEST:
        return False
    signed = hmac.new(SECRET, f"{number}.{at}.".encode() + raw, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(signed).decode()
    given = headers.get("webhook-signature", "").split(" ")  # several while a secret is being renewed
    return any(hmac.compare_digest(wanted, one) for one in given)


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        raw = self.rfile.read(min(int(self.headers.get("content-length", 0)), 1_000_000))
        if not is_from_the_hub({name.lower(): value for name, value in self.headers.items()}, raw):
            self.answer(401)
            return
        message = json.loads(raw)
        path = message["data"].get("href", "")
        with sqlite3.connect(DATABASE) as database:  # kept before it is answered; a repeat changes nothing
            row = (self.headers["webhook-id"], path, 0)
            is_new = database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", row).rowcount
        if is_new and path.startswith("/api/v1/orders/"):
            waiting.put(path)
        self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


def read_orders() -> None:
    """One by one, as they stand now: so it does not matter in which order the messages came."""
    hub = httpx.Client(base_url=os.environ["ORDERHUB_URL"], timeout=30)
    hub.headers["Authorization"] = f"Bearer {os.environ['ORDERHUB_KEY']}"
    while True:
        path = waiting.get()
        try:
            order = hub.get(path).raise_for_status().json()
        except httpx.HTTPError as error:
            print(f"{path}: {error}; again in 10 s", file=sys.stderr)
            threading.Timer(10, waiting.put, [path]).start()
            continue
        with sqlite3.connect(DATABASE) as database:
            facts = [order[name] for name in ("shop", "channel_order_no", "status", "paid_fen", "changed_at")]
            database.execute("INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?)", facts)
            database.execute("UPDATE seen SET is_read = 1 WHERE path = ?", [path])


def main(port: int) -> None:
    with sqlite3.connect(DATABASE) as database:
        database.execute("CREATE TABLE IF NOT EXISTS seen (id PRIMARY KEY, path, is_read)")
        database.execute(
            "CREATE TABLE IF NOT EXISTS orders (shop, number, status, paid_fen, changed_at, PRIMARY KEY (shop, number))"
        )
        for (path,) in database.execute("SELECT DISTINCT path FROM seen WHERE NOT is_read"):
            waiting.put(path)
    threading.Thread(target=read_orders, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", port), Hook).serve_forever()


if __name__ == "__main__":
    DATABASE = sys.argv[2]
    main(int(sys.argv[1]))
