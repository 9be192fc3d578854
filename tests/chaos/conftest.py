from pathlib import Path

import pytest

from .hubs import use


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of the drilled hub, and of the test beside it: they seal with one key."""
    use(tmp_path, monkeypatch.setenv)
    return tmp_path
