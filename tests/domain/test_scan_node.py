"""What a carrier's sentence means, on sentences of our own and, where they are, on collected ones."""

import csv
import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from orderhub.domain.scan_node import Meaning, folded, meaning_of
from orderhub.domain.words import ScanNode

TRACKS = Path(__file__).parents[3] / "shared" / "data" / "tracks"
OWN = Path(__file__).parent / "samples" / "scan_texts.txt"
# Source: SOURCES.md beside the data.
LABELS: dict[str, ScanNode | None] = {
    "PICKED_UP": ScanNode.COLLECTED,
    "DEPARTED": ScanNode.LEFT_HUB,
    "ARRIVED": ScanNode.ARRIVED_HUB,
    "TRANSIT_OTHER": ScanNode.IN_TRANSIT,
    "OUT_FOR_DELIVERY": ScanNode.OUT_FOR_DELIVERY,
    "READY_FOR_PICKUP": ScanNode.READY_FOR_PICKUP,
    "DELIVERED": ScanNode.DELIVERED,
    "EXCEPTION": ScanNode.PROBLEM,
    "REJECTED": ScanNode.REFUSED,
    "RETURNING": ScanNode.RETURNING,
    "RETURNED": ScanNode.RETURNING,
    "INFO": None,
}
collected_data = pytest.mark.skipif(not TRACKS.exists(), reason="the collected tracks are not beside the project")


def own_sentences() -> list[tuple[str, str]]:
    lines = [line for line in OWN.read_text().splitlines() if line and not line.startswith("#")]
    return [(word, text) for word, text in (line.split(" ", 1) for line in lines)]


@pytest.mark.parametrize(("word", "text"), own_sentences())
def test_a_sentence_means_its_node(word: str, text: str):
    meaning = meaning_of(text)
    assert (meaning.node or "none") == word
    assert meaning.is_known


@collected_data
def test_collected_sentences_are_understood():
    rows = [json.loads(line) for line in (TRACKS / "tracks_dev.jsonl").read_text().splitlines()]
    _check((row["context"], row["label"]) for row in rows)


@collected_data
def test_whole_journeys_are_understood():
    with gzip.open(TRACKS / "parcel_journeys_2020_dev.csv.gz", "rt") as file:
        _check((row["context"], row["label"]) for row in csv.DictReader(file))


def _check(rows: Iterable[tuple[str, str]]) -> None:
    """At least 97 % are right; of what is called delivered, 99.5 %."""
    said = [(meaning_of(text).node, LABELS[label]) for text, label in rows]
    right = sum(node is wanted for node, wanted in said)
    called = [wanted for node, wanted in said if node is ScanNode.DELIVERED]
    assert right >= 0.97 * len(said)
    assert called.count(ScanNode.DELIVERED) >= 0.995 * len(called)


@pytest.mark.parametrize("text", ["", "天气真好", "12345678", "x" * 5_000, "已" * 2_000, "(" * 3_000])
def test_what_nobody_taught_is_on_its_way_and_collected(text: str):
    assert meaning_of(text) == Meaning(ScanNode.IN_TRANSIT, is_known=False)


def test_the_longest_phrase_that_was_taught_counts():
    taught = {folded("天气真好"): ScanNode.PROBLEM, folded("今天 天气真好"): None}
    assert meaning_of("天气真好", taught) == Meaning(ScanNode.PROBLEM, phrase=folded("天气真好"))
    assert meaning_of("今天天气真好！", taught) == Meaning(None, phrase=folded("今天 天气真好"))
    assert meaning_of("已签收", taught) == Meaning(ScanNode.DELIVERED)
