"""How are rules written for people to read, keep in version control and send to each other? As YAML."""

from collections.abc import Sequence
from typing import Any

import yaml

from orderhub.domain.rules.broken import BrokenRule
from orderhub.domain.rules.rule import Rule, read_rules, rules_data

LONGEST = 1_000_000
_MOST_NODES = 50_000
_DEEPEST = 12
_HEAD = "# OrderHub rules, from the first to the last. Conditions: docs/rules.md\n"


def rules_yaml(rules: Sequence[Rule]) -> str:
    """Innermost lists and mappings stand on one line: a condition is a line, an action is a line."""
    said = yaml.safe_dump(
        {"rules": rules_data(rules)}, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None
    )
    return _HEAD + said


def read_yaml(text: str) -> tuple[Rule, ...]:
    """
    Raises:
        BrokenRule: with the line and the path of what cannot be read; nothing of the file is taken.
    """
    if len(text) > LONGEST:
        raise BrokenRule(f"the file has more than {LONGEST} characters", "", "rule_too_many")
    lines: dict[str, int] = {}
    try:
        data = _plain(_composed(text), "", lines)
        if not isinstance(data, dict) or set(data) != {"rules"}:
            raise BrokenRule("a file of rules begins with `rules:`", "", "rule_form")
        return read_rules(data["rules"])
    except BrokenRule as error:
        raise BrokenRule(
            str(error), error.field, error.problem, line=error.line or _line(error.field, lines)
        ) from error


def _composed(text: str) -> yaml.Node:
    try:
        found = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BrokenRule(f"not YAML: {error.problem}", "", "rule_not_yaml", line=line) from error
    except yaml.YAMLError as error:
        raise BrokenRule(f"not YAML: {error}", "", "rule_not_yaml") from error
    if found is None:
        raise BrokenRule("the file is empty", "", "rule_form")
    return found


def _plain(node: yaml.Node, path: str, lines: dict[str, int], depth: int = 0) -> Any:
    """Every scalar as the text it is written as, so that ``no`` stays a word and ``500`` keeps its digits."""
    line = node.start_mark.line + 1
    if depth > _DEEPEST or len(lines) > _MOST_NODES:
        raise BrokenRule("too deep or too much", path, "rule_too_many", line=line)
    lines[path] = line
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, f"{path}[{place}]", lines, depth + 1) for place, one in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, depth)
    return _scalar(node, path)


def _mapping(node: yaml.MappingNode, path: str, lines: dict[str, int], depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in made:
            raise BrokenRule(f"{name!r} is there twice", path, "rule_key_twice", line=key.start_mark.line + 1)
        made[name] = _plain(value, f"{path}.{name}" if path else name, lines, depth + 1)
        lines[f"{path}.{name}" if path else name] = key.start_mark.line + 1
    return made


def _scalar(node: yaml.Node, path: str) -> str | bool:
    text = str(node.value)
    return text.casefold() == "true" if path.endswith(".is_on") and text.casefold() in ("true", "false") else text


def _line(path: str, lines: dict[str, int]) -> int:
    """Of the part itself, or of the smallest part around it that was written."""
    while path not in lines and path:
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
    return lines.get(path, 0)
