"""How does a handler ask the database without stopping everybody else?"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import cache, partial
from typing import ParamSpec, TypeVar

from orderhub.kernel.veil import veiled

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = 6


@cache
def _pool() -> ThreadPoolExecutor:
    """Made at first use: a pool made at import would not outlive the server's fork."""
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="ui")


async def off_loop(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs ``call`` in a thread, with the eyes of whoever asks: what they may not see of its result is empty.

    Who is cancelled waits for what has begun, so that no thread outlives its caller.
    """
    work = _pool().submit(copy_context().run, _asked, partial(call, *args, **kwargs))
    try:
        return await asyncio.wrap_future(work)
    except asyncio.CancelledError:
        with suppress(Exception):
            await asyncio.wrap_future(work)
        raise


def _asked(call: Callable[[], T]) -> T:
    return veiled(call())
