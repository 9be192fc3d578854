"""Is every failpoint on the list and on the way of a drill, and is nothing lost where the hub dies there?"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from orderhub.kernel import failpoint
from orderhub.kernel.errors import BadInput
from orderhub.kernel.failpoint import POINTS

from . import points
from .hubs import ROOT, use

TIMES = 3


@pytest.fixture(scope="module")
def dying(tmp_path_factory) -> Iterator[points.Dying]:
    folder = tmp_path_factory.mktemp("points")
    with pytest.MonkeyPatch.context() as patch:
        use(folder, patch.setenv)
        yield from _dying(folder)


def _dying(folder: Path) -> Iterator[points.Dying]:
    with points.dying(f"sqlite:///{folder / 'orderhub.db'}", folder) as lives:
        yield lives


@pytest.fixture(autouse=True)
def _one_data_dir(dying, monkeypatch) -> None:
    """The drill's hub lives through all of these tests, with one secret key."""
    use(dying.folder, monkeypatch.setenv)


def test_the_points_of_the_code_are_those_of_the_list():
    called: Counter[str] = Counter()
    for room in ("orderhub", "jobs"):
        for file in (ROOT / room).rglob("*.py"):
            called.update(re.findall(r"^\s+point\(\"(\w+)\"\)$", file.read_text(encoding="utf-8"), re.MULTILINE))
    assert called == Counter(dict.fromkeys(POINTS, 1))


def test_a_name_that_is_no_point_is_refused():
    for wrong in ("nowhere", "job_begun:0", "job_begun:x"):
        with pytest.raises(BadInput):
            failpoint.arm(wrong)
    assert not failpoint._armed


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", POINTS)
def test_a_hub_that_dies_there_loses_and_doubles_nothing(dying, point):
    result = dying.at(point, times=TIMES)
    assert result.died == TIMES
    assert result.is_good, str(result)
    if point not in points.SENDING:
        assert result.count.acknowledged >= TIMES


@pytest.mark.services
@pytest.mark.timeout(300)
def test_the_same_on_postgresql(lent, tmp_path, monkeypatch):
    use(tmp_path, monkeypatch.setenv)
    with points.dying(lent.url(), tmp_path) as lives:
        wrong = [str(result) for point in POINTS if not (result := lives.at(point, times=1)).is_good]
    assert wrong == []
