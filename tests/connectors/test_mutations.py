"""Whatever is taken from a body or put into it, at any depth: a draft, or a refusal that names the field."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.connectors.channels import douyin, jd, pinduoduo, taobao
from orderhub.domain.drafts import OrderDraft, RefundDraft
from orderhub.kernel.errors import BadInput

from . import jd_bodies, pinduoduo_bodies, taobao_bodies

SAMPLES = Path(__file__).parent / "samples"
GONE = object()
WRONG = st.one_of(
    st.just(GONE),
    st.sampled_from(
        [None, "", "x", "-", "NaN", "１２", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "\ud800", "\x00", True, 0]
    ),
    st.integers(-(10**20), 10**20),
    st.text(max_size=8),
    st.recursive(st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner), max_leaves=4),
)


def _sample(name: str, rows: str) -> dict[str, Any]:
    return json.loads((SAMPLES / f"{name}.json").read_text())["data"][rows][0]


SENT_IN_PARTS = [{"waybillId": "A1", "logicId": "467", "shipmentTime": 1795484400000}]
CASES = {
    "taobao order": (taobao.parse_order, taobao_bodies.trade()),
    "taobao refund": (taobao.parse_refund, taobao_bodies.refund()),
    "douyin order": (douyin.parse_order, _sample("douyin_order_searchList", "shop_order_list")),
    "douyin refund": (douyin.parse_refund, _sample("douyin_afterSale_List", "items")),
    "jd order": (jd.parse_order, jd_bodies.order()),
    "jd order sent in parts": (jd.parse_order, jd_bodies.order(partialLogisticsInfoModel=SENT_IN_PARTS)),
    "jd application": (jd.parse_refund, jd_bodies.application()),
    "jd service order": (jd.parse_refund, jd_bodies.service()),
    "pinduoduo order": (pinduoduo.parse_order, pinduoduo_bodies.order(service_fee_detail=[{"service_fee": "1.5"}])),
    "pinduoduo refund": (pinduoduo.parse_refund, pinduoduo_bodies.refund()),
    "pinduoduo refund alone": (pinduoduo.parse_refund, pinduoduo_bodies.refund_alone()),
}


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in _places(part, (*path, key)))]


def _mutated(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed: Any = copy.deepcopy(body)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    if value is GONE:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return changed


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_mutated_body_is_parsed_or_refused_by_name(name, data):
    parse, body = CASES[name]
    path = data.draw(st.sampled_from(_places(body)[1:]))
    try:
        draft = parse(_mutated(body, path, data.draw(WRONG)))
    except BadInput as error:
        assert error.field
    else:
        assert isinstance(draft, OrderDraft | RefundDraft)
        repr(draft).encode()


@pytest.mark.parametrize("name", CASES)
def test_the_body_that_was_not_mutated_is_parsed(name):
    parse, body = CASES[name]
    assert parse(body).channel_order_no
