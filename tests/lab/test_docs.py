"""Does docs/lab.md say every fault and every way to steer the lab?"""

import re
from pathlib import Path

from orderhub.lab.app import create_lab
from orderhub.lab.desk import Desk
from orderhub.lab.faults import FAULTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "lab.md").read_text(encoding="utf-8")


def test_every_fault_has_its_line() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set(FAULTS)


def test_every_route_has_its_line() -> None:
    said = set(re.findall(r"^\| `(GET|POST|DELETE) (/lab\S*)` \|", PAGE, re.MULTILINE))
    routes = [route for route in create_lab(living=False).routes if route.path.startswith("/lab")]
    served = {
        (method, route.path.replace(":int", "")) for route in routes for method in route.methods if method != "HEAD"
    }
    assert said == served


def test_every_deed_is_named() -> None:
    lab = create_lab(living=False)
    for deed in Desk(lab.state.world, lab.state.living).deeds:
        assert f"`{deed}`" in PAGE
