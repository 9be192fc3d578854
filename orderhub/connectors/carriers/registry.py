"""Which carriers can the hub ask for waybills? One line each; those of the others are typed by hand."""

from typing import Protocol

from orderhub.connectors.carriers import sf
from orderhub.connectors.carriers.contract import Account, CarrierConnector
from orderhub.domain.words import Carrier
from orderhub.kernel.errors import NotFound


class CarrierModule(Protocol):
    @staticmethod
    def connect(account: Account, *, base_url: str = "") -> CarrierConnector: ...


MODULES: dict[Carrier, CarrierModule] = {
    Carrier.SF: sf,
}


def module(carrier: Carrier) -> CarrierModule:
    """Raises: NotFound: the hub cannot ask this carrier."""
    if carrier not in MODULES:
        raise NotFound(f"the hub has no connector for {carrier}: type its waybills by hand")
    return MODULES[carrier]
