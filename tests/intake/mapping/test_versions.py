"""Can mappings be drafted, made live, compared and taken back, and does everybody hear of it?"""

import pytest
from sqlmodel import col, select

from orderhub.domain.custom_field import archive
from orderhub.intake.mapping.versions import (
    NoDraft,
    VersionState,
    differences,
    drop_draft,
    live_version,
    move,
    publish,
    put,
    roll_back,
    take_out,
    versions,
    working_version,
)
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event

from .builders import DOUYIN, NOTE, SUBSIDY, TAGS, WAY, define_fields, go_live


@pytest.fixture
def fields(shop, now):
    define_fields(now)


def states() -> list[tuple[int, str]]:
    with reading() as session:
        return [(one.number, str(one.state)) for one in versions(session, DOUYIN)]


def test_an_edit_makes_a_draft_of_what_is_live_and_leaves_that_alone(fields, now):
    go_live([TAGS], now)
    with transaction() as session:
        put(session, DOUYIN, WAY, by="ceshi-a", now=now)
        put(session, DOUYIN, TAGS.model_copy(update={"path": "seller_words"}), instead_of="收货备注", by="b", now=now)
    with reading() as session:
        draft, live = working_version(session, DOUYIN), live_version(session, DOUYIN)
    assert draft
    assert live
    assert [one.path for one in draft.mappings] == ["seller_words", "buyer_words"]
    assert live.mappings == [TAGS]
    assert states() == [(2, "draft"), (1, "live")]


def test_what_is_made_live_replaces_what_was(fields, now):
    go_live([TAGS], now)
    go_live([TAGS, WAY], now)
    assert states() == [(2, "live"), (1, "past")]
    with transaction() as session, pytest.raises(NoDraft):
        publish(session, DOUYIN, by="ceshi-a", now=now)


def test_the_way_back_keeps_the_draft_and_every_number(fields, now):
    for mappings in ([TAGS], [TAGS, WAY]):
        go_live(mappings, now)
    with transaction() as session:
        put(session, DOUYIN, NOTE, by="ceshi-a", now=now)
        roll_back(session, DOUYIN, 1, by="ceshi-a", now=now)
    assert states() == [(3, "draft"), (2, "past"), (1, "live")]
    with transaction() as session, pytest.raises(NotFound):
        roll_back(session, DOUYIN, 1, by="ceshi-a", now=now)
    assert [number for number, state in states() if state == VersionState.LIVE] == [1]


def test_a_draft_can_be_dropped(fields, now):
    go_live([TAGS], now)
    with transaction() as session:
        take_out(session, DOUYIN, "收货备注", by="ceshi-a", now=now)
        drop_draft(session, DOUYIN, by="ceshi-a", now=now)
    assert states() == [(1, "live")]


@pytest.mark.parametrize(
    ("name", "places", "order"),
    [
        ("送货方式", -1, "送货方式 收货备注 补贴"),
        ("收货备注", 1, "送货方式 收货备注 补贴"),
        ("收货备注", -1, "收货备注 送货方式 补贴"),
        ("补贴", 1, "收货备注 送货方式 补贴"),
        ("补贴", -9, "补贴 收货备注 送货方式"),
    ],
)
def test_a_mapping_has_its_turn_where_it_was_moved_to(fields, now, name: str, places: int, order: str):
    go_live([TAGS, WAY, SUBSIDY], now)
    with transaction() as session:
        draft = move(session, DOUYIN, name, places, by="ceshi-a", now=now)
        assert " ".join(one.name for one in draft.mappings) == order


def test_a_mapping_that_is_not_there_cannot_be_changed(fields, now):
    with transaction() as session:
        with pytest.raises(NotFound):
            put(session, DOUYIN, TAGS, instead_of="没有", by="ceshi-a", now=now)
        with pytest.raises(NotFound):
            take_out(session, DOUYIN, "没有", by="ceshi-a", now=now)
        with pytest.raises(NotFound):
            move(session, DOUYIN, "没有", 1, by="ceshi-a", now=now)
    assert states() == []


def test_nothing_goes_live_into_a_field_that_is_gone(fields, now):
    with transaction() as session:
        put(session, DOUYIN, WAY, by="ceshi-a", now=now)
        archive(session, "送货方式", by="ceshi-a", now=now)
    with transaction() as session, pytest.raises(BadInput, match="送货方式"):
        publish(session, DOUYIN, by="ceshi-a", now=now)


def test_two_versions_are_compared_mapping_by_mapping(fields):
    moved = TAGS.model_copy(update={"path": "seller_words", "table": {"放门口": "门口"}})
    found = differences([TAGS, WAY], [moved, SUBSIDY])
    assert [(one.name, bool(one.before), bool(one.after)) for one in found] == [
        ("收货备注", True, True),
        ("补贴", False, True),
        ("送货方式", True, False),
    ]
    assert found[0].fields == (
        ("path", "buyer_words", "seller_words"),
        ("table", "放门口=放门口；打电话=派前电联", "放门口=门口"),
    )
    assert differences([TAGS], [TAGS]) == []


def test_every_step_stands_in_the_log_with_its_name(fields, now):
    go_live([TAGS], now)
    go_live([WAY], now)
    with transaction() as session:
        roll_back(session, DOUYIN, 1, by="ceshi-a", now=now)
    with reading() as session:
        wanted = select(Event).where(Event.subject_type == "mapping_version").order_by(col(Event.id))
        said = [(event.kind, event.actor, event.body["number"]) for event in session.exec(wanted)]
    assert said == [
        ("mapping_changed", "tester", 1),
        ("mapping_published", "tester", 1),
        ("mapping_changed", "tester", 2),
        ("mapping_published", "tester", 2),
        ("mapping_rolled_back", "ceshi-a", 1),
    ]
