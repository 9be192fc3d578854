"""Do mappings go out of a hub and into another by the commands?"""

import pytest
from typer.testing import CliRunner

from orderhub.cli import app
from orderhub.domain.words import Channel
from orderhub.intake.mapping.versions import VersionState, working_version
from orderhub.kernel import db
from orderhub.kernel.settings import settings

FILE = """\
orderhub_mapping: 1
channel: douyin
fields: []
mappings:
- name: 收货备注
  path: buyer_words
  target: tag
  transform: keywords
  table:
    放门口: 放门口
"""


@pytest.fixture(autouse=True)
def _hub(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERHUB_DATABASE_URL", sqlite_url)
    settings.cache_clear()
    db.open_database(sqlite_url)


def run(*words: str, given: str = "") -> str:
    done = CliRunner().invoke(app, ["mapping", *words], input=given, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(("option", "state"), [([], VersionState.DRAFT), (["--live"], VersionState.LIVE)])
def test_a_file_comes_in_and_goes_out_again(option: list[str], state: VersionState) -> None:
    assert run("import", *option, given=FILE) == f"douyin v1 is {state}: 1 mappings\n"
    with db.reading() as session:
        standing = working_version(session, Channel.DOUYIN)
    assert standing
    assert standing.state is state
    assert run("export", "douyin") == FILE
