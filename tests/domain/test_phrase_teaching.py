"""A sentence nobody understood is taught, forgotten, and its parcels follow."""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.automation.runner import run_next
from orderhub.domain import phrase_teaching, scan_phrase
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.patience import PatienceRule, patience_rules, patience_with, remove_patience, set_patience
from orderhub.domain.phrase_teaching import forget, teach
from orderhub.domain.scan_phrase import ScanPhrase, taught_list, unknown_phrases
from orderhub.domain.track import ParcelMoved, Scan, Track, follow_parcel, take_scans
from orderhub.domain.words import Carrier, ScanNode
from orderhub.kernel.db import Database, reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event, kind_of

from ..builders import NOW

HOUR = timedelta(hours=1)
LATER = NOW + 50 * HOUR
COLLECTED = ScanDraft(NOW, "快件已揽收")


def ship(number: str, *texts: str | ScanDraft) -> None:
    """A parcel that left, an hour between its scans."""
    with transaction() as session:
        follow_parcel(session, number, Carrier.ZTO, shipped_at=NOW)
        scans = [
            text if isinstance(text, ScanDraft) else ScanDraft(NOW + hours * HOUR, text)
            for hours, text in enumerate(texts)
        ]
        take_scans(session, number, scans, by="zto", now=LATER)


def nodes() -> dict[str, ScanNode | None]:
    with reading() as session:
        return {track.tracking_no: track.node for track in session.exec(select(Track).order_by(Track.id))}  # type: ignore[arg-type]


def unknown() -> list[tuple[str, int, str]]:
    with reading() as session:
        return [(one.words, one.met_count, one.tracking_no) for one in unknown_phrases(session)]


def teach_first(words: str, node: ScanNode | None) -> int:
    with transaction() as session:
        (standing, *_) = unknown_phrases(session)
        return teach(session, standing.id, words, node, by="ops", now=LATER).id


def work() -> None:
    while run_next(LATER):
        pass


def moves() -> list[str]:
    with reading() as session:
        found = session.exec(select(Event).where(Event.kind == kind_of(ParcelMoved)).order_by(Event.id))  # type: ignore[arg-type]
        return [event.body["target"] for event in found]


def test_a_sentence_is_counted_with_its_last_parcel(database: Database):
    ship("ZT1", "快件已揽收", "快件已交小鹿", "快件已交小鹿")
    ship("ZT2", "快件已交小鹿")
    assert unknown() == [("快件已交小鹿", 3, "ZT2")]


def test_teaching_reads_parcels_again_that_have_the_sentence(database: Database):
    ship("ZT1", "快件已揽收", "快件已交小鹿张三")
    ship("ZT2", "快件已揽收", "快件已交小鹿李四")
    ship("ZT3", "快件已揽收", "快件已交大鹿")
    assert set(nodes().values()) == {ScanNode.IN_TRANSIT}
    teach_first("交小鹿", ScanNode.OUT_FOR_DELIVERY)
    assert unknown() == [("快件已交大鹿", 1, "ZT3")]
    work()
    assert nodes() == {
        "ZT1": ScanNode.OUT_FOR_DELIVERY,
        "ZT2": ScanNode.OUT_FOR_DELIVERY,
        "ZT3": ScanNode.IN_TRANSIT,
    }
    assert moves().count("out_for_delivery") == 2
    work()
    assert moves().count("out_for_delivery") == 2


def test_forgetting_a_phrase_makes_its_sentences_unknown_again(database: Database):
    ship("ZT1", "快件已揽收", "快件已交小鹿张三", "快件已交小鹿张三")
    phrase_id = teach_first("交小鹿", ScanNode.DELIVERED)
    work()
    with reading() as session:
        track = session.exec(select(Track)).one()
        assert (track.node, track.arrived_at, track.ask_at) == (ScanNode.DELIVERED, NOW + HOUR, None)
    with transaction() as session:
        assert forget(session, phrase_id, by="ops", now=LATER) == 1
        assert forget(session, phrase_id, by="ops", now=LATER) == 0
    work()
    with reading() as session:
        track = session.exec(select(Track)).one()
        assert (track.node, track.arrived_at) == (ScanNode.IN_TRANSIT, None)
        assert track.ask_at is not None
        assert track.check_at is not None
        assert taught_list(session) == []
    assert unknown() == [("快件已交小鹿张三", 2, "ZT1")]


def test_a_longer_phrase_takes_over_what_a_shorter_one_said(database: Database):
    ship("ZT1", "快件已揽收", "快件已交小鹿", "快件已交小鹿退")
    teach_first("交小鹿", ScanNode.OUT_FOR_DELIVERY)
    work()
    with transaction() as session:
        session.add(ScanPhrase(words="快件已交小鹿退", met_at=NOW, seen_at=NOW, met_count=0))
    teach_first("交小鹿退", ScanNode.RETURNING)
    work()
    assert nodes() == {"ZT1": ScanNode.RETURNING}


def test_what_a_carrier_codes_or_the_hub_knows_is_not_read_again(database: Database):
    coded = ScanDraft(NOW + HOUR, "快件已交小鹿", node=ScanNode.ARRIVED_HUB)
    ship("ZT1", COLLECTED, coded)
    ship("ZT2", COLLECTED, "快件已交小鹿")
    teach_first("交小鹿", ScanNode.DELIVERED)
    work()
    assert nodes() == {"ZT1": ScanNode.ARRIVED_HUB, "ZT2": ScanNode.DELIVERED}
    with reading() as session:
        assert len(session.exec(select(Scan).where(Scan.phrase_id != None)).all()) == 1  # noqa: E711


def test_a_phrase_that_moves_nothing_takes_its_scans_out_of_the_way(database: Database):
    ship("ZT1", "快件已揽收", "小鹿祝您愉快")
    teach_first("祝您愉快", None)
    work()
    with reading() as session:
        track = session.exec(select(Track)).one()
    assert (track.node, track.moved_at) == (ScanNode.COLLECTED, NOW)


def test_many_parcels_are_read_again_in_portions(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(phrase_teaching, "AT_ONCE", 2)
    for number in range(5):
        ship(f"ZT{number}", "快件已交小鹿")
    teach_first("交小鹿", ScanNode.DELIVERED)
    work()
    assert set(nodes().values()) == {ScanNode.DELIVERED}
    with reading() as session:
        assert len(session.exec(select(Event).where(Event.kind == "reread_due")).all()) == 2


def test_nonsense_fills_no_disk(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scan_phrase, "MOST_UNKNOWN", 3)
    ship("ZT1", *(f"甲乙丙{word}" for word in "子丑寅卯辰"))
    assert len(unknown()) == 3
    ship("ZT2", "甲乙丙子")
    assert unknown()[0] == ("甲乙丙子", 2, "ZT2")


def test_words_with_wildcards_are_taken_as_they_are(database: Database):
    ship("ZT1", "快件100%交小鹿")
    ship("ZT2", "快件100块交小鹿")
    with transaction() as session:
        first = session.exec(select(ScanPhrase).where(ScanPhrase.words == "快件100%交小鹿")).one()
        teach(session, first.id, "100%交", ScanNode.DELIVERED, by="ops", now=LATER)
    work()
    assert nodes() == {"ZT1": ScanNode.DELIVERED, "ZT2": ScanNode.IN_TRANSIT}


def test_a_stranger_phrase_or_words_that_say_nothing_teach_nothing(database: Database):
    ship("ZT1", "快件已交小鹿")
    with transaction() as session:
        (phrase,) = unknown_phrases(session)
        with pytest.raises(NotFound):
            teach(session, 404, "交小鹿", None, by="ops", now=LATER)
        for words, problem in (("", "few_words"), ("交", "few_words"), ("别的话", "not_in_sentence")):
            with pytest.raises(BadInput) as refusal:
                teach(session, phrase.id, words, None, by="ops", now=LATER)
            assert refusal.value.problem == problem
        assert taught_list(session) == []


def test_a_removed_rule_of_patience_gives_way_and_parcels_are_looked_at_again(database: Database):
    ship("ZT1", "快件已揽收")
    with transaction() as session:
        hours = {"unscanned_hours": 24, "stalled_hours": 90, "lost_hours": 200}
        rule = set_patience(session, Carrier.ZTO, "", **hours, by="ops", now=LATER)
        assert patience_with(session, Carrier.ZTO, "").stalled == 90 * HOUR
        assert [one.id for one in patience_rules(session)] == [rule.id]
        work_id = rule.id
    work()
    with transaction() as session:
        session.exec(select(Track)).one().check_at = LATER + 999 * HOUR
        assert remove_patience(session, work_id, by="ops", now=LATER) == 1
        assert remove_patience(session, work_id, by="ops", now=LATER) == 0
        assert patience_with(session, Carrier.ZTO, "").stalled == 48 * HOUR
        assert session.exec(select(PatienceRule)).all() == []
    work()
    with reading() as session:
        assert session.exec(select(Track)).one().check_at == LATER
