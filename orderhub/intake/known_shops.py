"""Which shop does a message name? Remembered for a second: a flood names the same few again and again."""

import time

from orderhub.domain.shop import Shop, shop_named
from orderhub.kernel.db import Database, database, reading
from orderhub.kernel.errors import NotFound
from orderhub.kernel.sight import WHOLE, seeing, sight

_REMEMBERED_SECONDS = 1.0
_MOST = 1_000

_remembered: dict[str, tuple[Shop, Database, float]] = {}


def known_shop(code: str) -> Shop | None:
    """From memory, if whoever asks may see it."""
    found = _remembered.get(code)
    if found is None or found[1] is not database() or time.monotonic() - found[2] > _REMEMBERED_SECONDS:
        return None
    seen = sight().shops
    return found[0] if seen is None or found[0].id in seen else None


def shop_coded(code: str) -> Shop:
    """From memory or the database. Raises: NotFound: none in sight has this code."""
    if known := known_shop(code):
        return known
    asked_at, eyes = time.monotonic(), sight()
    with seeing(WHOLE), reading() as session:
        shop = shop_named(session, code)
    if len(_remembered) >= _MOST:
        _remembered.clear()
    _remembered[code] = shop, database(), asked_at
    if eyes.shops is not None and shop.id not in eyes.shops:
        raise NotFound(f"no shop is called {code!r}: see `orderhub shops` or the shops page")
    return shop
