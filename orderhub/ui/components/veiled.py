"""Which part of a page is not drawn for somebody who may not see what would stand in it?

Only for the looks: the veil has emptied the value before it came here (``kernel/veil.py``). The frame says what its
reader may not see, and a rule of ``app.css`` takes away what bears such a class.
"""

from typing import Any

# The messages that head such a value, as labels of columns, facts and figures.
_OF = {
    "money": (
        "at_risk",
        "case_amount",
        "case_line_total",
        "delivery_share",
        "desk_risk",
        "fin_left",
        "fin_paid",
        "finance_amount",
        "finance_sum",
        "flow_risk",
        "import_total",
        "money",
        "paid",
        "rp_paid",
        "risk",
        "shortage_risk",
        "total",
    ),
    "cost": (
        "freight_charged",
        "freight_expected",
        "freight_gap",
        "freight_credited",
        "purchase_price",
        "purchase_sum",
        "replenish_cost",
        "supplier_price",
        "supplier_price_part",
    ),
    "settlement": (
        "settlement_fees",
        "settlement_gap",
        "settlement_ours",
        "settlement_receipts",
        "settlement_refunds",
        "settlement_said",
    ),
    "receiver": ("receiver",),
    "remark": ("buyer_remark", "fin_buyer_remark"),
    "person": ("buyer",),  # the buyer's name or the receiver's, whichever may be seen
}
_CLASS = {name: f"of-{kind}" for kind, names in _OF.items() for name in names}


def of(name: str, kind: Any = "") -> Any:
    """The class of what the message ``name`` heads: ``kind``, and whose field it is."""
    mark = _CLASS.get(name, "")
    return f"{kind} {mark}".strip() if mark else kind
