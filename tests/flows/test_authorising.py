"""A shop's token: renewed before it ends, and bought again on the channel's page when that is no longer possible."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlmodel import select

from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.shop import Shop
from orderhub.intake.authorising import GOOD_FOR, authorise, buy_token, page_for
from orderhub.intake.keyring import ShopKeyring, calls
from orderhub.intake.watch import renew_tokens
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound, PartnerRefused
from orderhub.kernel.eventlog import Event

BACK = "http://localhost:3000/channels/authorised"
MINUTE = timedelta(minutes=1)


def ends_in(hub, span: timedelta) -> None:
    """Both the platform and the hub know that the token ends."""
    hub.world.tokens[hub.code].expires_at = int((utc_now() + span).timestamp())
    with transaction() as session:
        session.get_one(Shop, hub.shop.id).token_expires_at = utc_now() + span


def refresh_token_ended(hub) -> None:
    tokens = hub.world.tokens[hub.code]
    tokens.expire(hub.world.now())
    tokens.refresh_expires_at = hub.world.now()


def way_back(hub, by: str = "wang") -> dict[str, str]:
    """Out to the channel's page and back, as a browser goes: what stands in the address then."""
    address = page_for(hub.code, back=BACK, by=by, now=utc_now())
    if not address.startswith(BACK):
        address = httpx.get(address, follow_redirects=False).headers["location"]
    assert address.startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_a_token_is_renewed_before_it_ends_and_no_call_is_refused(hub):
    hub.orders_come(2)
    ends_in(hub, 50 * MINUTE)
    before = ShopKeyring(hub.code).read()
    assert renew_tokens(utc_now()) == 1
    after = ShopKeyring(hub.code).read()
    assert after.access_token == hub.world.tokens[hub.code].access != before.access_token
    assert after.expires_at
    assert after.expires_at > utc_now() + timedelta(days=1)
    assert renew_tokens(utc_now()) == 0
    assert hub.sync().error == ""
    assert hub.ours() == hub.theirs()


def test_a_token_that_lasts_is_left_alone(hub):
    ends_in(hub, 2 * timedelta(hours=1))
    before = ShopKeyring(hub.code).read()
    assert renew_tokens(utc_now()) == 0
    assert ShopKeyring(hub.code).read() == before


def test_a_renewal_that_fails_warns_before_the_end(hub):
    ends_in(hub, 30 * MINUTE)
    hub.world.tokens[hub.code].refresh_expires_at = hub.world.now()
    assert renew_tokens(utc_now()) == 0
    assert hub.anomalies() == [AnomalyKind.TOKEN_NEAR_EXPIRY]


def test_a_shop_is_authorised_again_on_its_channels_page(hub):
    hub.orders_come(2)
    refresh_token_ended(hub)
    assert "partner_unauthorised" in hub.sync().error
    assert hub.anomalies() == [AnomalyKind.SHOP_UNAUTHORISED]
    given = way_back(hub)
    shop_code, grant = buy_token(given["state"], given.get("code", ""), by="wang", now=utc_now())
    assert (shop_code, hub.anomalies()) == (hub.code, [AnomalyKind.SHOP_UNAUTHORISED])
    with transaction() as session:
        authorise(session, shop_code, grant, by="wang", now=utc_now())
    assert hub.anomalies() == []
    assert hub.sync(later=timedelta(seconds=30)).error == ""
    assert hub.ours() == hub.theirs()
    with reading() as session:
        told = session.exec(select(Event.actor).where(Event.kind == "shop_authorised")).all()
    assert told == ["wang"]


def test_a_way_back_is_good_for_who_went_out_and_not_for_long(hub):
    given = way_back(hub)
    before = ShopKeyring(hub.code).read()
    for by, now, state in (
        ("li", utc_now(), given["state"]),
        ("wang", utc_now() + GOOD_FOR + MINUTE, given["state"]),
        ("wang", utc_now(), "v1.AAAA"),
        ("wang", utc_now(), ""),
    ):
        with pytest.raises(BadInput) as refused:
            buy_token(state, given.get("code", ""), by=by, now=now)
        assert refused.value.problem == "authorisation_over"
    assert ShopKeyring(hub.code).read() == before


def test_a_code_the_channel_does_not_know_changes_nothing(hub):
    before = ShopKeyring(hub.code).read()
    with pytest.raises(PartnerRefused):
        buy_token(way_back(hub)["state"], "no-such-code", by="wang", now=utc_now())
    assert ShopKeyring(hub.code).read() == before


def test_a_shop_nobody_knows_has_no_page(hub):
    with pytest.raises(NotFound):
        page_for("nobody", back=BACK, by="wang", now=utc_now())


def test_the_lab_leads_nobody_away_from_this_machine(lab):
    app, url = lab
    key = app.state.world.shop("tb-flagship").app_key
    for asked in (
        {"client_id": key, "redirect_uri": "https://example.com/x"},
        {"client_id": "0", "redirect_uri": BACK},
    ):
        assert httpx.get(f"{url}/lab/authorise", params=asked).status_code == 422


def test_calls_of_the_last_minute_are_counted_against_the_pace(hub):
    assert calls(hub.code, hub.shop.channel)[0] == 0
    hub.sync()
    used, most = calls(hub.code, hub.shop.channel)
    assert 2 <= used <= most
