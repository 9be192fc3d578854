"""How often may a program call? So often a minute with its key; an address that errs is told to wait much sooner.

A good key is never refused for what strangers at its address try with bad ones. An address that sends forged pushes
waits for the rest of its minute, for each of them costs a row; a platform behind the same address hears 429 and pushes
again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from fastapi import Request

from orderhub.access.throttle import PER_ADDRESS
from orderhub.access.visits import Visits
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import NotAllowed, NotFound, OrderHubError, ReadOnly, TooMany

READS_PER_MINUTE = 1_200
POSTS_PER_MINUTE = 600_000  # beyond any sale; how much is taken in, the buffer decides (intake/room.py)
FORGED_PER_MINUTE = 60


class Rates:
    """Of one application, in one process."""

    def __init__(self) -> None:
        self.reads = Visits(READS_PER_MINUTE)
        self.posts = Visits(POSTS_PER_MINUTE)
        self.wrong_keys = Visits(PER_ADDRESS)
        self.forged = Visits(FORGED_PER_MINUTE)


def rates_of(request: Request) -> Rates:
    return request.app.state.rates


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


@contextmanager
def forgeries_counted(request: Request) -> Iterator[None]:
    """What is refused within, counts against its address.

    Raises:
        TooMany: as many as that came from this address within the minute.
    """
    forged, address = rates_of(request).forged, address_of(request)
    forged.check(address, utc_now())
    try:
        yield
    except (NotAllowed, NotFound):
        forged.take(address, utc_now())
        raise


def wait_header(error: OrderHubError) -> dict[str, str]:
    if not isinstance(error, TooMany | ReadOnly):
        return {}
    return {"Retry-After": str(max(1, -(-error.retry_after // timedelta(seconds=1))))}
