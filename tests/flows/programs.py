"""What the stories of webhooks have in common: a program that is really called, and what it was told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from orderhub.automation.webhook_keyring import WebhookDraft, connect_webhook
from orderhub.domain.webhook import WebhookKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction

EVERY = tuple(WebhookKind)


@dataclass
class Program:
    """``heard`` are (headers, raw body) of every call; ``answers`` the statuses to give, then 204."""

    url: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    waits: float = 0

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.heard]


@contextmanager
def listening() -> Iterator[Program]:
    program = Program()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            program.heard.append(({name.lower(): value for name, value in self.headers.items()}, raw))
            status = program.answers.pop(0) if program.answers else 204
            time.sleep(program.waits)
            try:
                self.send_response(status)
                self.send_header("location", f"{program.url}/elsewhere")
                self.send_header("set-cookie", "a=b")
                self.send_header("content-length", "0")
                self.end_headers()
            except OSError:
                pass  # whoever called is dead

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    program.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield program
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def connect(url: str, *kinds: WebhookKind, **changes: Any) -> tuple[int, str]:
    """A webhook's id and its secret; without ``kinds`` it hears of everything."""
    with transaction() as session:
        draft = WebhookDraft(**({"name": "CRM", "url": url, "kinds": kinds or EVERY} | changes))
        hook, secret = connect_webhook(session, draft, by="ceshi-a", now=utc_now())
        return hook.id, secret
