"""Which doors are open to strangers, and what protects them instead of a login?"""

from collections.abc import Callable
from typing import Any, TypeVar

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def open_to_strangers(because: str) -> Callable[[Endpoint], Endpoint]:
    """Mark a route that asks for neither a login nor a key; the test of every door finds those without a mark."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.public = because  # type: ignore[attr-defined]
        return endpoint

    return mark
