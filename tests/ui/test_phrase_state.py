"""Can a phrase be taught and forgotten, and patience be set, changed and deleted, on their page?"""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.automation.runner import run_next
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.patience import PatienceRule
from orderhub.domain.track import Track, follow_parcel, take_scans
from orderhub.domain.words import Carrier, ScanNode
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.state.phrase import Phrases
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

RULE = {"carrier": "zto", "province": "西藏", "unscanned": "24", "stalled": "96", "lost": "240"}


@pytest.fixture
def parcel(database: Database) -> str:
    """Its carrier says what nobody understands."""
    now = utc_now()
    with database.transaction() as session:
        follow_parcel(session, "75312345678901", Carrier.ZTO, shipped_at=now - timedelta(hours=5))
        scans = [ScanDraft(now - timedelta(hours=1), "快件已交<b>小鹿</b>")]
        take_scans(session, "75312345678901", scans, by="zto", now=now)
    return "75312345678901"


def node_of(database: Database) -> ScanNode | None:
    while run_next(utc_now()):
        pass
    with database.reading() as session:
        return session.exec(select(Track)).one().node


def rules(database: Database) -> list[PatienceRule]:
    with database.reading() as session:
        return list(session.exec(select(PatienceRule)))


async def test_a_phrase_is_taught_and_forgotten_and_the_parcel_follows(
    database: Database, sign_in: SignIn, parcel: str
):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/tracks", Phrases.enter)
        (one,) = (await tab.state(Phrases)).view.unknown
        assert (one.carrier, one.count, one.tracking_no) == ("zto", "1", parcel)
        assert node_of(database) is ScanNode.IN_TRANSIT
        for form, said in (
            ({"words": "小鹿", "node": ""}, "选一个意思"),
            ({"words": "鹿", "node": "delivered"}, "至少留两个字"),
            ({"words": "大象", "node": "delivered"}, "要从原话里选一段"),
        ):
            await tab.fire(Phrases.teach({"id": one.id} | form))
            assert (await tab.state(Phrases)).said == said
        await tab.fire(Phrases.teach({"id": one.id, "words": "小鹿", "node": "out_for_delivery"}))
        state = await tab.state(Phrases)
        assert (state.view.unknown, [(row.words, row.node, row.by) for row in state.view.taught]) == (
            [],
            [("小鹿", "out_for_delivery", "ceshi-a")],
        )
        assert node_of(database) is ScanNode.OUT_FOR_DELIVERY
        await tab.fire(Phrases.forget(state.view.taught[0].id))
        assert node_of(database) is ScanNode.IN_TRANSIT
        await tab.visit("/studio/tracks", Phrases.enter)
        state = await tab.state(Phrases)
        assert ([row.count for row in state.view.unknown], state.view.taught) == (["1"], [])


async def test_patience_is_set_changed_and_deleted(database: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/tracks", Phrases.enter)
        assert (await tab.state(Phrases)).view.general == ["24", "48", "168"]
        for wrong, said in (
            ({"carrier": "", "province": ""}, "总的时限在流程图上改；这里只填快递公司或省份"),
            ({"carrier": "ufo"}, "没有这家快递"),
            ({"stalled": "500"}, "小时数 1 到 1440，停滞要早于丢件"),
            ({"lost": "９９９９９９９９９９"}, "小时数 1 到 1440，停滞要早于丢件"),
        ):
            await tab.fire(Phrases.set_patience(RULE | wrong))
            assert (await tab.state(Phrases)).said == said
        assert rules(database) == []
        await tab.fire(Phrases.set_patience(RULE))
        (rule,) = (await tab.state(Phrases)).view.rules
        assert (rule.carrier, rule.province, rule.stalled, rule.by) == ("zto", "西藏", "96", "ceshi-a")
        await tab.visit(f"/studio/tracks?rule={rule.id}", Phrases.enter)
        assert (await tab.state(Phrases)).view.form.stalled == "96"
        await tab.fire(Phrases.set_patience(RULE | {"stalled": "120"}))
        assert [one.stalled_hours for one in rules(database)] == [120]
        await tab.fire(Phrases.remove_patience(rule.id))
        assert (await tab.state(Phrases)).view.rules == []
    assert rules(database) == []


@pytest.mark.parametrize("role", [Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_who_may_not_change_rules_teaches_nothing(database: Database, sign_in: SignIn, parcel: str, role: Role):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.visit("/studio/tracks", Phrases.enter)
        assert not (await tab.state(Phrases)).is_loaded
        for event in (
            Phrases.teach({"id": "1", "words": "小鹿", "node": "delivered"}),
            Phrases.forget("1"),
            Phrases.set_patience(RULE),
            Phrases.remove_patience("1"),
            Phrases.ask("1"),
        ):
            await tab.fire(event)
            assert (await tab.state(Who)).refused == "rule:draft:change"
    assert (rules(database), node_of(database)) == ([], ScanNode.IN_TRANSIT)
