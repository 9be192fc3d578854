"""Can rules be read by people and come back the same, and is a mistake named by its line?"""

import subprocess
import sys
from pathlib import Path

import pytest

from orderhub.domain.rules.broken import BrokenRule
from orderhub.domain.rules.readable import read_yaml, rules_yaml
from orderhub.domain.rules.versions import SHIPPED_RULES

from .made import data, do, pays_at_least, remark_has, rules

WRITTEN = """\
rules:
- key: R-001
  name: 加急词打标
  match: any
  when:
  - {kind: buyer_remark, is: contains_any, values: [急发, no, 1.50]}
  - match: all
    when:
    - {kind: paid_amount, is: at_least, values: [500]}
  then:
  - {kind: tag, value: 加急}
- key: R-002
  name: 关着的
  is_on: false
  then:
  - {kind: stop}
"""


def test_rules_come_back_as_they_were_written():
    within = {"match": "any", "when": [pays_at_least("1.50")]}
    given = rules(
        data("R-001", [remark_has("急发", "a: b", "'\"", "- x"), within], do("stop")),
        data("R-002", [], do("hold", "manual", "看一下：急"), is_on=False, match="any"),
    )  # fmt: skip
    said = rules_yaml(given)
    assert read_yaml(said) == given
    assert "- {kind: hold, value: manual, note: 看一下：急}" in said


def test_what_a_person_writes_stays_text():
    first, second = read_yaml(WRITTEN)
    assert first.when.parts[0].values == ("急发", "no", "1.50")  # type: ignore[union-attr]
    assert (first.is_on, second.is_on) == (True, False)


@pytest.mark.parametrize(
    ("was", "wrong", "line", "field", "problem"),
    [
        ("values: [500]", "values: [much]", 9, "rules[0].when[1].when[0].values", "rule_value_money"),
        ("kind: tag", "kind: paint", 11, "rules[0].then[0].kind", "rule_unknown_word"),
        ("key: R-002", "key: R-001", 12, "rules[1].key", "rule_key_twice"),
        ("  is_on: false", "  is_on: maybe", 14, "rules[1].is_on", "rule_form"),
        ("  is_on: false", "  colour: red", 14, "rules[1].colour", "rule_unknown_name"),
        ("  is_on: false", "  name: 又一个", 14, "rules[1]", "rule_key_twice"),
        ("  name: 关着的\n", "", 12, "rules[1].name", "rule_name"),
        ("rules:\n", "rule:\n", 1, "", "rule_form"),
        ("  then:\n  - {kind: stop}", "  then: [", 16, "", "rule_not_yaml"),
        ("key: R-001", "key: &a [*a]", 2, "rules[0].key", "rule_too_many"),
        (WRITTEN, "", 0, "", "rule_form"),
        (WRITTEN, "\0", 0, "", "rule_not_yaml"),
    ],
)
def test_a_mistake_is_named_by_line_and_field(was: str, wrong: str, line: int, field: str, problem: str):
    with pytest.raises(BrokenRule) as refused:
        read_yaml(WRITTEN.replace(was, wrong, 1))
    found = refused.value
    assert (found.line, found.field.split("[0][0]")[0], found.problem) == (line, field, problem)


def test_a_small_file_that_means_a_huge_one_is_refused():
    rows = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    rows += [f"{chr(98 + step)}: &{chr(98 + step)} [{','.join([f'*{chr(97 + step)}'] * 10)}]" for step in range(8)]
    with pytest.raises(BrokenRule, match="too deep or too much"):
        read_yaml("\n".join(rows))


def test_the_verb_writes_the_live_rules_and_reads_a_draft(tmp_path: Path):
    def orderhub(*words: str) -> subprocess.CompletedProcess[str]:
        command = [Path(sys.executable).parent / "orderhub", *words]
        environment = {"ORDERHUB_DATA_DIR": str(tmp_path / "var"), "PATH": "/usr/bin:/bin"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert orderhub("migrate", "--quiet").returncode == 0
    file = tmp_path / "rules.yaml"
    assert orderhub("rules", "export", str(file)).returncode == 0
    assert read_yaml(file.read_text("utf-8")) == SHIPPED_RULES
    said = orderhub("rules", "import", str(file))
    assert (said.returncode, said.stdout) == (
        0,
        f"{len(SHIPPED_RULES)} rules are the draft of version 1: look at it on the page of rules\n",
    )
    file.write_text(WRITTEN.replace("kind: tag", "kind: paint"), "utf-8")
    refused = orderhub("rules", "import", str(file))
    assert refused.returncode == 1
    assert refused.stderr.startswith("orderhub: line 11, rules[0].then[0].kind: 'paint' is none of tag,")
