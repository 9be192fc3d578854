"""Rules and facts to begin a test with."""

from typing import Any

from orderhub.domain.rules.facts import Facts
from orderhub.domain.rules.rule import Rule, read_rules

FACTS = Facts(
    channel="douyin",
    shop="douyin-1",
    skus="|BOX-40L|",
    has_unmatched_sku=False,
    titles="收纳箱 40l",
    pieces=1,
    lines=1,
    total_fen=13940,
    paid_fen=13940,
    discount_fen=0,
    remark="",
    memo="",
    flag="",
    region="测试省 测试市 测试区",
    placed_minute=600,
    weekday=2,
    tags="|",
    holds="|",
    is_presale=False,
    sample=7,
)


def remark_has(*words: str) -> dict[str, Any]:
    return {"kind": "buyer_remark", "is": "contains_any", "values": list(words)}


def pays_at_least(yuan: str) -> dict[str, Any]:
    return {"kind": "paid_amount", "is": "at_least", "values": [yuan]}


def weighs_at_least(grams: str) -> dict[str, Any]:
    return {"kind": "weight", "is": "at_least", "values": [grams]}


def do(kind: str, value: str = "", note: str = "") -> dict[str, Any]:
    return {name: said for name, said in {"kind": kind, "value": value, "note": note}.items() if said}


def data(key: str, when: list[dict[str, Any]], *then: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"key": key, "name": f"规则 {key}", "when": when, "then": list(then)} | more


def rules(*given: dict[str, Any]) -> tuple[Rule, ...]:
    return read_rules(list(given))
