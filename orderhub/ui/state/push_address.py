"""Where does a carrier push to? Shown to whoever may connect carriers, and only when asked for: it is a secret."""

import reflex as rx

from orderhub.access.acting import check_permission
from orderhub.access.permissions import Permission
from orderhub.automation.route_push import push_address
from orderhub.domain.carrier_account import account_coded
from orderhub.domain.words import Carrier
from orderhub.kernel.db import reading
from orderhub.kernel.errors import NotFound, ProofNeeded
from orderhub.ui.gate import needs, signed
from orderhub.ui.off_loop import off_loop
from orderhub.ui.state.proof import ask_proof


class PushAddress(rx.State):
    """``code`` is the account whose ``address`` is shown; both empty where none is."""

    code: str = ""
    address: str = ""

    @rx.event
    @needs(Permission.CARRIER_CONNECT)
    async def show(self, code: str) -> None:
        """A second time it is hidden."""
        hides = self.code == code
        try:
            check_permission(await signed(self), Permission.CARRIER_CONNECT)
        except ProofNeeded:
            await ask_proof(self)
            return
        self.address = "" if hides else await off_loop(lambda: _address(code))
        self.code = code if self.address else ""


def _address(code: str) -> str:
    """Empty where the account does not exist, or its carrier pushes nothing."""
    with reading() as session:
        try:
            account = account_coded(session, code)
        except NotFound:
            return ""
        return push_address(account.code) if account.carrier is Carrier.SF else ""
