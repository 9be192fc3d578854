"""Who can the hub ask for the ways of many carriers' parcels? One line each."""

from collections.abc import Mapping
from typing import Protocol

from orderhub.connectors.trackers import kuaidi100
from orderhub.connectors.trackers.contract import TrackDraft, Tracker, TrackerKeys
from orderhub.domain.words import Carrier
from orderhub.kernel.errors import NotFound


class TrackerModule(Protocol):
    COMPANIES: dict[Carrier, str]

    @staticmethod
    def connect(keys: TrackerKeys, *, base_url: str = "") -> Tracker: ...

    @staticmethod
    def read_push(form: Mapping[str, str], keys: TrackerKeys) -> TrackDraft: ...


MODULES: dict[str, TrackerModule] = {"kuaidi100": kuaidi100}


def module(kind: str) -> TrackerModule:
    """Raises: NotFound: the hub does not know it."""
    if kind not in MODULES:
        raise NotFound(f"the hub has no connector for the tracker {kind}")
    return MODULES[kind]
