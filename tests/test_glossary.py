"""Does the glossary say every word of the code as the screens say it?"""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from orderhub.ui.words import LABELS

GLOSSARY = (Path(__file__).resolve().parent.parent / "docs" / "glossary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", LABELS, ids=lambda words: words.__name__)
def test_every_word_has_its_line(words: type[StrEnum]) -> None:
    said = set(re.findall(r"^\| `(\S+)` \| (.+?) \| (.+?) \|$", GLOSSARY, re.MULTILINE))
    wanted = {(str(word), *LABELS[words][word]) for word in words}
    assert wanted - said == set()
