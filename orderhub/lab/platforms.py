"""In what do the platforms differ? A row each; everything else in the lab is the same for all of them.

How a platform checks a call and answers it stands in its own module (`taobao.py`, `douyin.py`, …), listed in
`gateways.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from orderhub.domain.words import Channel
from orderhub.lab import douyin_bodies, jd_bodies, miniprogram_bodies, pinduoduo_bodies, taobao_bodies
from orderhub.lab.answers import Body
from orderhub.lab.orders import LabOrder, order_no, short_line_no, short_order_no, step_from_one, step_from_zero
from orderhub.lab.shelf import Shelf
from orderhub.lab.shops import LabShop


@dataclass(frozen=True)
class Rows:
    """Where an answer holds its orders and refunds, and in which of their fields a fault strikes (the first there).

    ``lists`` and ``singles`` are names of fields; ``inner`` is the object of a list's row that has the status.
    """

    lists: tuple[str, ...]
    singles: tuple[str, ...]
    statuses: tuple[str, ...]
    amounts: tuple[str, ...]
    inner: str = ""


@dataclass(frozen=True)
class Platform:
    """``order_no`` makes a number of the second and the turn within it, ``line_no`` of the order's and the position.

    Numbers are integers inside the lab; ``write_no`` and ``read_no`` are how the platform shows an order's. A refund's
    is its line's and ``refund_base``. Where ``one_kind`` an order is of one SKU: what is bought together there is paid
    together in several orders. Where ``is_posted`` the orders are the merchant's own: its program posts them, they are
    paid through WeChat Pay, nothing checks risks, and refunds are not played.
    """

    order_no: Callable[[int, int], int]
    line_no: Callable[[int, int], int]
    unpaid_closes_seconds: int
    body: Callable[[LabOrder, LabShop, Shelf], Body]
    rows: Rows
    refund_base: int = 3_000_000_000_000_000_000
    is_pushed: bool = False
    is_posted: bool = False
    one_kind: bool = False
    write_no: Callable[[int], str] = str
    read_no: Callable[[str], int] = int


PLATFORMS: dict[Channel, Platform] = {
    Channel.TAOBAO: Platform(
        order_no=partial(order_no, 4_000_000_000_000_000_000),
        line_no=step_from_one,
        unpaid_closes_seconds=86400,
        body=taobao_bodies.trade,
        rows=Rows(
            lists=("trade", "refund"),
            singles=("trade", "refund"),
            statuses=("status",),
            amounts=("payment", "refund_fee"),
        ),
    ),
    Channel.DOUYIN: Platform(
        order_no=partial(order_no, 6_500_000_000_000_000_000),
        line_no=step_from_zero,
        unpaid_closes_seconds=1800,
        body=douyin_bodies.order,
        rows=Rows(
            lists=("shop_order_list", "items"),
            singles=("shop_order_detail", "after_sale_info"),
            statuses=("order_status", "aftersale_status", "after_sale_status"),
            amounts=("pay_amount", "refund_amount"),
            inner="aftersale_info",
        ),
        is_pushed=True,
    ),
    Channel.JD: Platform(
        order_no=short_order_no,
        line_no=short_line_no,
        unpaid_closes_seconds=86400,
        body=jd_bodies.order,
        rows=Rows(
            lists=("orderInfoList", "result", "data"),
            singles=("orderInfo",),
            statuses=("orderState", "serviceStatus", "status"),
            amounts=("orderPayment", "applyRefundSum"),
        ),
        refund_base=0,
    ),
    Channel.PINDUODUO: Platform(
        order_no=pinduoduo_bodies.order_no,
        line_no=step_from_one,
        unpaid_closes_seconds=86400,
        body=pinduoduo_bodies.order,
        rows=Rows(
            lists=("order_sn_list", "order_list", "refund_list"),
            singles=("order_info", "refund_information_get_response"),
            statuses=("order_status", "after_sales_status"),
            amounts=("pay_amount", "refund_amount"),
        ),
        one_kind=True,
        write_no=pinduoduo_bodies.write_no,
        read_no=pinduoduo_bodies.read_no,
    ),
    Channel.MINIPROGRAM: Platform(
        order_no=partial(order_no, 2_000_000_000_000_000_000),
        line_no=step_from_one,
        unpaid_closes_seconds=1800,
        body=miniprogram_bodies.order,
        rows=Rows(lists=(), singles=(), statuses=(), amounts=()),
        is_posted=True,
    ),
}
