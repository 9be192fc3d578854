"""Wherever a workflow's process dies, what it leaves is what a life without deaths leaves: each workflow, each commit."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from orderhub.automation.catalogue import WORKFLOWS

ROOT = Path(__file__).parents[2]
# Stories that together give every workflow something to do.
STORIES = ()


@pytest.mark.timeout(600)
def test_every_workflow_may_die_before_and_after_each_commit():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.automation.sweep", "-p", "no:cacheprovider", *STORIES]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False).stdout
    swept = dict(re.findall(r"^sweep (\w+): (\d+) deaths, nothing differs", told, re.MULTILINE))
    assert swept.keys() == {workflow.name for workflow in WORKFLOWS}, told[-4000:]
    print(f"{sum(map(int, swept.values()))} deaths of {len(swept)} workflows")
