"""Who can the hub ask for parcels' ways? One line each: those who know many carriers', and carriers of their own."""

from collections.abc import Mapping
from typing import Protocol

from orderhub.connectors.carriers.contract import Account
from orderhub.connectors.trackers import kuaidi100, sf
from orderhub.connectors.trackers.contract import TrackDraft, Tracker, TrackerKeys
from orderhub.domain.words import Carrier
from orderhub.kernel.errors import NotFound


class TrackerModule(Protocol):
    COMPANIES: dict[Carrier, str]

    @staticmethod
    def connect(keys: TrackerKeys, *, base_url: str = "") -> Tracker: ...

    @staticmethod
    def read_push(form: Mapping[str, str], keys: TrackerKeys) -> TrackDraft: ...


class RouteModule(Protocol):
    @staticmethod
    def connect(account: Account, *, base_url: str = "") -> Tracker: ...


MODULES: dict[str, TrackerModule] = {"kuaidi100": kuaidi100}
# Carriers that tell of their own parcels whoever has an account for waybills.
OF_CARRIER: dict[Carrier, RouteModule] = {Carrier.SF: sf}


def module(kind: str) -> TrackerModule:
    """Raises: NotFound: the hub does not know it."""
    if kind not in MODULES:
        raise NotFound(f"the hub has no connector for the tracker {kind}")
    return MODULES[kind]
