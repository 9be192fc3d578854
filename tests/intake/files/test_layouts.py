"""Is every platform's export known by the names in its header, over the years?"""

import json
import random
from datetime import datetime
from pathlib import Path

import pytest

from orderhub.domain.words import ChannelStatus
from orderhub.intake.files.guess import guessed
from orderhub.intake.files.layouts import LAYOUTS, recognise
from orderhub.intake.files.mapping import FileField, Transform, fingerprint, read_mapping
from orderhub.kernel.errors import BadInput

HEADERS = json.loads((Path(__file__).parent / "headers.json").read_text(encoding="utf-8"))
F = FileField


@pytest.mark.parametrize("name", HEADERS)
def test_a_real_header_is_recognised_in_any_order(name: str) -> None:
    header, layout = HEADERS[name]["columns"], HEADERS[name]["layout"]
    shuffled = random.Random(1).sample(header, len(header))
    for columns in (header, shuffled, [f" {column}\ufeff" for column in header]):
        found = recognise(columns)
        assert found
        assert found.layout == layout


@pytest.mark.parametrize("name", [name for name in HEADERS if HEADERS[name]["complete"]])
def test_nothing_an_order_needs_is_missing(name: str) -> None:
    found = recognise(HEADERS[name]["columns"])
    assert found
    assert found.missing() == []


def test_a_column_that_was_renamed_or_doubled_is_found_by_either_name() -> None:
    old, new = (recognise(HEADERS[name]["columns"]) for name in ("pdd_orders_2020", "pdd_orders_2026"))
    assert old
    assert new
    assert old.columns_of(F.SKU)[0].name == "商家编码-sku维度"
    assert new.columns_of(F.SKU)[0].name == "商家编码-规格维度"


def test_every_layout_has_signs_of_its_own() -> None:
    names = [layout.name for layout in LAYOUTS]
    assert len(set(names)) == len(names)
    assert {HEADERS[name]["layout"] for name in HEADERS} <= set(names)


def test_a_header_nobody_knows_is_not_recognised() -> None:
    assert recognise(["InvoiceNo", "StockCode", "Quantity"]) is None


def test_a_fingerprint_knows_no_order_and_no_spaces() -> None:
    assert fingerprint(["订单号 ", "商品（名）"]) == fingerprint(["商品(名)", "订单号"])
    assert fingerprint(["订单号"]) != fingerprint(["订单号", "商品"])


def test_a_guess_goes_by_names_then_by_values(now: datetime) -> None:
    header = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
    rows = [
        ["536365", "85123A", "HEART", "6", "13/12/2010 08:26", "2.55", "17850", "United Kingdom"],
        ["C536379", "D", "Discount", "-1", "14/12/2010 09:41", "27.50", "14527", "United Kingdom"],
        ["536370", "POST", "POSTAGE", "3", "15/12/2010 08:45", "18.00", "12583", "France"],
    ]
    found = guessed(header, rows, now)
    fields = {column.field: column for column in found.columns}
    assert fields[F.ORDER_NO].name == "invoiceno"
    assert fields[F.SKU].name == "stockcode"
    assert fields[F.CREATED_AT].transform is Transform.DMY
    assert fields[F.UNIT_PRICE].transform is Transform.YUAN
    assert fields[F.BUYER_NO].name == "customerid"
    assert found.missing() == []
    assert found.has_returns
    assert (found.freight_codes, found.other_codes) == ({"POST"}, {"D"})
    assert found.usual is ChannelStatus.COMPLETED
    young = guessed(header, [[*rows[0][:4], "20/11/2026 08:26", *rows[0][5:]]], now)
    assert young.usual is None
    assert read_mapping(json.loads(json.dumps(found.written()))) == found


@pytest.mark.parametrize(
    "written",
    [
        None,
        {"columns": "x"},
        {"columns": [{"name": "a", "field": "nothing", "transform": "text"}]},
        {"columns": [{"name": "a", "field": "total", "transform": "ymd"}]},
        {"columns": [{"name": "a"}]},
        {"contents": "novel", "columns": []},
        {"columns": [], "freight_codes": [str(code) for code in range(201)]},
        {"columns": [], "usual": "frozen"},
    ],
)
def test_a_mapping_that_says_nothing_of_ours_is_refused(written: object) -> None:
    with pytest.raises(BadInput, match="mapping"):
        read_mapping(written)
