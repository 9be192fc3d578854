"""How is it said why an order leaves from there and so, and why the others lost?"""

from typing import Any

from orderhub.domain.allocation import Lost
from orderhub.domain.allocation_decision import AllocationDecision
from orderhub.domain.words import Carrier
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import FieldGroup, seen
from orderhub.ui.words import label_text, tr


def who_text(lang: str, one: dict[str, Any]) -> str:
    """``华东仓 · 顺丰速运 特快``; what is not known is left out."""
    carrier = label_text(lang, Carrier(one["carrier"])) if one["carrier"] else ""
    way = f"{carrier} {one['product']}".strip()
    return " · ".join(filter(None, (one["warehouse"], way))) or tr(lang, "allocation_own_place")


def chosen_text(lang: str, one: dict[str, Any]) -> str:
    """``华东仓 · 中通快递 ¥4.00``, with what goes there where the goods are shared between warehouses."""
    price = "" if one["fen"] is None else seen(FieldGroup.COST, money_text(one["fen"]))
    parcels = tr(lang, "allocation_parcels", n=one["parcels"]) if one["parcels"] > 1 else ""
    pieces = ", ".join(f"{code} ×{count}" for code, count in one["pieces"].items())
    return "  ".join(filter(None, (who_text(lang, one), price, parcels, pieces)))


def lost_text(lang: str, one: dict[str, Any]) -> str:
    """``缺 A-18 ×2``, ``贵 ¥4.20``, ``不到 西藏``"""
    lost, figure = Lost(one["why"]), one["figure"]
    about = seen(FieldGroup.RECEIVER, one["about"]) if lost is Lost.NO_REACH else one["about"]
    shown = {
        Lost.DEARER: seen(FieldGroup.COST, money_text(figure)),
        Lost.TOO_HEAVY: f"{figure:,} g",
        Lost.FULL: f"({figure:,})",
    }.get(lost, "")
    return " ".join(filter(None, (label_text(lang, lost), about, shown)))


def facts_text(lang: str, decision: AllocationDecision) -> str:
    facts = decision.facts
    region = seen(FieldGroup.RECEIVER, facts["region"])
    value = seen(FieldGroup.MONEY, money_text(facts["value_fen"]))
    weight = tr(lang, "allocation_weight", grams=f"{facts['weight_grams']:,}") if facts["weight_grams"] else ""
    unweighed = ", ".join(facts["unweighed"][:5])
    unknown = tr(lang, "allocation_unweighed", codes=unweighed) if unweighed else ""
    return " · ".join(filter(None, (region, weight, value, unknown)))
