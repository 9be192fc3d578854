"""What do thousands of tests share, which each would else do anew? Work that depends on nothing of theirs.

Each test opens databases of its own, and SQLAlchemy would compile every statement again for each of them: a third of
the time of a story. Engines of one kind compile alike.
"""

import functools
from typing import Any

import httpx
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

_MOST_STATEMENTS = 20_000
_compiled: dict[type, LRUCache[Any, Any]] = {}


def share() -> None:
    """Once in a process, before anything is opened."""
    DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)
    DefaultDialect.__hash__ = lambda self: hash(type(self))
    made = Engine.__init__

    def make(self: Engine, pool: Any, dialect: Any, *given: Any, **named: Any) -> None:
        made(self, pool, dialect, *given, **named)
        if self._compiled_cache is not None:
            self._compiled_cache = _compiled.setdefault(type(dialect), LRUCache(_MOST_STATEMENTS))

    Engine.__init__ = make
    trusting = functools.cache(httpx.create_ssl_context)  # reading the roots of trust takes 80 ms
    httpx._transports.default.create_ssl_context = trusting  # pyright: ignore[reportPrivateImportUsage]
