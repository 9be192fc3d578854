"""Is what is printed there in Chinese, whole, scannable and within the sheet?"""

from datetime import UTC, datetime

import pypdfium2
import pytest

from orderhub.domain.label import Goods, Label, Party
from orderhub.insights.paper.label import labels_pdf
from orderhub.insights.paper.pick_sheet import pick_sheets_pdf
from orderhub.insights.paper.sheet import folded, width_of
from orderhub.insights.pick_list import PickBox, PickList, PickRow

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MM = 72 / 25.4


def label(number: int = 1, *, kinds: int = 2, prints: int = 1, **extra: str) -> Label:
    return Label(
        delivery_id=number,
        carrier_name="顺丰速运",
        tracking_no=f"SF74444710{39324 + number}",
        route="020W-Z069-006",
        receiver=Party("测**", "138****1234", "浙江省 杭州市 余杭区 测*街道测**路***号****"),
        sender=Party("测**", "138****0001", "浙江省杭州市余杭区测试路1号"),
        order_nos=(f"400000000000000{number:04d}",),
        goods=tuple(Goods(f"BOX-{kind}", f"加厚收纳箱 {kind}", kind + 1) for kind in range(kinds)),
        prints=prints,
        printed_at=NOW,
        extra=extra,
    )


def texts(content: bytes) -> list[str]:
    with pypdfium2.PdfDocument(content) as file:
        assert all(page.get_size() == pytest.approx(file[0].get_size()) for page in file)
        return [page.get_textpage().get_text_range() for page in file]


def ink(content: bytes, *box: float) -> float:
    """How much of a part of the first page (left, top, right, bottom in mm) is black."""
    with pypdfium2.PdfDocument(content) as file:
        drawn = file[0].render(scale=4).to_pil().convert("L").crop([round(edge * MM * 4) for edge in box])
    shades = drawn.histogram()
    return sum(shades[:128]) / sum(shades)


def test_a_label_is_100_by_180_mm_and_says_everything_in_chinese():
    content = labels_pdf([label(product="T 标快", sorting="H7", qr="MMM={'k1':'020W'}")])
    with pypdfium2.PdfDocument(content) as file:
        assert file[0].get_size() == pytest.approx((100 * MM, 180 * MM))
    (said,) = texts(content)
    for part in (
        "顺丰速运", "T 标快", "H7", "020W-Z069-006", "测**", "138****1234", "浙江省 杭州市 余杭区", "寄", "收",
        "SF7 444 471 039 325", "SF7444471039325", "发货单 D1", "4000000000000000001", "加厚收纳箱 1", "×2", "共 3 件",
        "11-24 10:00",
    ):  # fmt: skip
        assert part in said
    assert "补打" not in said


def test_its_codes_are_drawn_and_nothing_runs_over_the_edge():
    content = labels_pdf([label(kinds=40, qr="MMM={'k1':'020W'}")])
    assert 0.3 < ink(content, 15, 16, 85, 28) < 0.7, "the barcode"
    assert 0.3 < ink(content, 71, 58, 95, 82) < 0.7, "the square code"
    for edge in ((0, 0, 100, 2), (0, 178, 100, 180), (0, 0, 2, 180), (98, 0, 100, 180)):
        assert ink(content, *edge) == 0


def test_what_does_not_fit_is_said_to_be_missing():
    (said,) = texts(labels_pdf([label(kinds=40)]))
    assert "另有" in said
    assert "共 820 件" in said


def test_a_label_printed_again_says_so_and_labels_come_in_the_order_asked_for():
    said = texts(labels_pdf([label(3, prints=2), label(1), label(2)]))
    assert "补打第 2 次" in said[0]
    assert [f"D{number}" in page for number, page in zip((3, 1, 2), said, strict=True)] == [True] * 3


def test_what_the_font_lacks_becomes_a_square_and_long_texts_are_cut():
    odd = label()
    long = "很长的商品标题" * 30
    odd = Label(**(vars(odd) | {"goods": (Goods("A", f"礼物🎁{long}", 1),), "route": "—" * 80}))
    (said,) = texts(labels_pdf([odd]))
    assert "礼物□" in said
    assert "…" in said
    assert ink(labels_pdf([odd]), 98, 0, 100, 180) == 0


def test_a_text_is_folded_at_a_space_and_no_line_is_too_wide():
    lines = folded("浙江省 杭州市 余杭区 测试街道测试路一百二十三号测试小区", 12, 150, lines=3)
    assert lines[0] == "浙江省 杭州市 余杭区"
    assert all(width_of(line, 12) <= 150 for line in lines)


def test_a_pick_list_says_what_to_fetch_and_for_which_box():
    rows = tuple(PickRow(f"SKU-{n:03d}", f"收纳箱 {n}", 3, ((1, 1), (2, 2))) for n in range(60))
    boxes = tuple(PickBox(n, 100 + n, (f"4000{n}",), "" if n % 2 else f"SF{n:013d}", 3) for n in range(1, 41))
    lists = [PickList("华东仓", rows, boxes), PickList("华南仓", rows[:1], boxes[:1])]
    said = texts(pick_sheets_pdf(lists, printed_at=NOW))
    whole = "\n".join(said)
    assert said[0].startswith("拣货单 华东仓")
    assert [code for row in rows if (code := row.code) not in whole] == []
    assert "1号×1 2号×2" in whole
    assert ("未取号" in whole, "D140" in whole, "第 2 页" in whole) == (True, True, True)
    assert "拣货单 华南仓" in said[-1]
