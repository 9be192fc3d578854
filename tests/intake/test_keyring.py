from datetime import timedelta

import pytest
from sqlalchemy import text

from orderhub.connectors.channels.contract import Credentials, TokenGrant
from orderhub.domain.shop import shop_named
from orderhub.domain.words import Channel
from orderhub.intake.keyring import ShopKeyring, connector_of
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound, SetupError

from .builders import add_shop


def test_what_was_connected_is_read_back(shop, now):
    found = ShopKeyring(shop.code).read()
    assert (found.app_key, found.app_secret) == ("70001", "s3cret")
    assert (found.access_token, found.refresh_token) == ("access-0", "refresh-0")
    assert found.expires_at == now + timedelta(days=7)


def test_no_secret_lies_in_the_clear(shop, database):
    with reading() as session:
        row = str(session.connection().execute(text("SELECT * FROM shop")).one())
    assert not any(secret in row for secret in ("s3cret", "access-0", "refresh-0"))


def test_a_sealed_key_opens_in_no_other_shop(shop, now):
    other = add_shop("dy-other", now=now)
    with reading() as session:
        thief = shop_named(session, other.code)
        thief.app_secret_sealed = shop.app_secret_sealed
        from orderhub.intake.keyring import credentials_of

        with pytest.raises(SetupError, match="does not open"):
            credentials_of(thief)


def test_a_renewed_token_is_stored_before_it_is_given_out(shop, now):
    grant = TokenGrant("access-1", "refresh-1", now + timedelta(days=8))
    assert ShopKeyring(shop.code).renew(grant).access_token == "access-1"
    found = ShopKeyring(shop.code).read()
    assert (found.access_token, found.refresh_token, found.expires_at) == ("access-1", "refresh-1", grant.expires_at)


def test_connecting_again_gives_new_keys_to_the_same_shop(shop, now):
    again = add_shop(now=now, credentials=Credentials("70002", "other", shop_no="9dy-test"))
    assert again.id == shop.id
    assert ShopKeyring(shop.code).read() == Credentials("70002", "other", "9dy-test")


@pytest.mark.parametrize("code", ["", "a b", "../x", "店", "x" * 33])
def test_a_code_that_is_no_part_of_a_url_is_refused(database, now, code):
    with pytest.raises(BadInput):
        add_shop(code, now=now)


def test_a_code_stays_with_its_channel(shop, now):
    with pytest.raises(BadInput, match="another code"):
        add_shop(now=now, channel=Channel.TAOBAO)


def test_a_shop_has_one_line_to_its_channel(shop):
    assert connector_of(shop) is connector_of(shop)


def test_an_unknown_shop_has_no_keys(database):
    with pytest.raises(NotFound, match="nobody"):
        ShopKeyring("nobody").read()
