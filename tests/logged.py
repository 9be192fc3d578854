"""The hub's own logging for as long as a block runs: what it wrote to is gone afterwards."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from orderhub.kernel.logs import set_up_logs


@contextmanager
def own_logs(level: str) -> Iterator[None]:
    root = logging.getLogger()
    handlers, was = root.handlers, root.level
    known = structlog.get_config()
    set_up_logs(level)
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(was)
        structlog.configure(**known)
