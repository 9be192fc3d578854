"""How does a shop whose authorisation has ended get it back? Its merchant allows it on the channel's own page.

The page leads back with a code; ``state`` is sealed and names the shop and who asked, so no other site can bring one.
"""

import json
from datetime import datetime, timedelta

from sqlmodel import Session

from orderhub.connectors.channels.contract import TokenGrant
from orderhub.connectors.channels.registry import authorisation_address
from orderhub.domain.shop import ShopAuthorised, shop_named
from orderhub.intake.keyring import connector_of, keep_token
from orderhub.kernel.clock import from_unix
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, SetupError
from orderhub.kernel.eventlog import record
from orderhub.kernel.secrets import seal, unseal

GOOD_FOR = timedelta(minutes=15)
_PLACE = "authorisation state"


def page_for(shop_code: str, *, back: str, by: str, now: datetime) -> str:
    """Where ``by`` goes to authorise the shop; leads back to ``back``. Raises: NotFound."""
    with reading() as session:
        shop = shop_named(session, shop_code)
    state = seal(json.dumps([shop.code, by, int((now + GOOD_FOR).timestamp())]), _PLACE)
    return authorisation_address(shop.channel, shop.app_key, back=back, state=state, gateway=shop.gateway)


def buy_token(state: str, code: str, *, by: str, now: datetime) -> tuple[str, TokenGrant]:
    """The shop's code and the token that ``code`` buys; nothing is kept yet.

    Raises:
        BadInput: the state is not ours, another's, or too old; or the code is of another shop.
        PartnerError: the channel does not take the code.
    """
    with reading() as session:
        shop = shop_named(session, _shop_of(state, by, now))
    grant = connector_of(shop).create_token(code)
    if grant.shop_no and grant.shop_no != shop.shop_no:
        raise BadInput(f"{shop.code}: the authorisation is of shop {grant.shop_no}", problem="other_shop")
    return shop.code, grant


def authorise(session: Session, shop_code: str, grant: TokenGrant, *, by: str, now: datetime) -> None:
    """Keep the token that ``by`` brought back."""
    shop = keep_token(session, shop_code, grant, now=now)
    record(session, ShopAuthorised(shop.id), actor=by, now=now)


def _shop_of(state: str, by: str, now: datetime) -> str:
    try:
        code, asked_by, until = json.loads(unseal(state, _PLACE))
    except (SetupError, ValueError) as error:
        raise BadInput("state: none of ours", field="state", problem="authorisation_over") from error
    if asked_by != by or from_unix(until) < now:
        raise BadInput("state: another's, or too old", field="state", problem="authorisation_over")
    return code
