"""Do a merchant's own tables of after-sales become cases once, with what is wrong said row by row?"""

from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select

from orderhub.domain.aftersale import Aftersale, CaseOrigin
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, ChannelStatus
from orderhub.intake.files.layouts import recognise
from orderhub.intake.files.table import opened
from orderhub.intake.files.taking import Report, go_through
from orderhub.kernel.db import Database, reading, transaction
from tests.builders import order, shop

from .exports import csv_file

HEADER = ["订单号", "退款单号", "售后类型", "退款金额", "售后原因", "申请时间", "售后状态"]
ENGLISH = ["order_no", "refund_no", "kind", "amount", "reason", "requested_at", "status"]
ONE = ["A1", "T1", "退货退款", "12.30", "质量问题", "2026-11-21 10:00:00", "待处理"]
TWO = ["A1", "T2", "仅退款（未发货）", "1.00", "轮子断了", "2026-11-21 11:00:00", "已完结"]


@pytest.fixture
def own(database: Database) -> Shop:
    with transaction() as session:
        seller = shop(session, "own", Channel.TAOBAO)
        order(session, "A1", ChannelStatus.SHIPPED, of=seller)
        return seller


def go(own: Shop, folder: Path, now: datetime, *rows: list[str], header: list[str] = HEADER) -> Report:
    path = csv_file(folder / "a.csv", [header, *rows])
    with opened(path, path.name) as table:
        chosen = recognise(table.header)
        assert chosen
        assert chosen.layout.startswith("own_aftersales")
        return go_through(table, chosen, own, now, take=True)


def cases() -> list[Aftersale]:
    with reading() as session:
        return list(session.exec(select(Aftersale).order_by(Aftersale.id)))  # type: ignore[arg-type]


def counts(report: Report) -> tuple[int, ...]:
    return (*report.counts.values(), len(report.problems))


def test_an_own_table_becomes_cases_once(own: Shop, now: datetime, tmp_path: Path) -> None:
    assert counts(go(own, tmp_path, now, ONE, TWO)) == (2, 0, 0, 0)
    assert counts(go(own, tmp_path, now, ONE, TWO)) == (0, 0, 2, 0)
    first, second = cases()
    assert (first.channel_refund_no, first.origin, first.is_ours) == ("T1", CaseOrigin.FILE, False)
    assert (first.kind, first.stage, first.amount_fen) == (
        AftersaleKind.RETURN_AND_REFUND, AftersaleStatus.REQUESTED, 1230,
    )  # fmt: skip
    assert (first.reason_kind, second.reason_kind) == (ReasonKind.QUALITY, ReasonKind.OTHER)
    assert (second.kind, second.stage) == (AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleStatus.CLOSED)


def test_a_later_table_brings_a_case_on_and_never_back(own: Shop, now: datetime, tmp_path: Path) -> None:
    go(own, tmp_path, now, ONE)
    assert counts(go(own, tmp_path, now, [*ONE[:-1], "退货中"])) == (0, 1, 0, 0)
    assert counts(go(own, tmp_path, now, ONE)) == (0, 0, 1, 0)
    assert [(one.status, one.origin) for one in cases()] == [(AftersaleStatus.RETURNED, CaseOrigin.FILE)]


def test_the_same_table_in_english_says_the_same(own: Shop, now: datetime, tmp_path: Path) -> None:
    row = ["A1", "T1", "exchange", "0", "wrong size", "2026-11-21 10:00:00", "awaiting_return"]
    assert counts(go(own, tmp_path, now, row, header=ENGLISH)) == (1, 0, 0, 0)
    (case,) = cases()
    assert (case.kind, case.status) == (AftersaleKind.EXCHANGE, AftersaleStatus.AWAITING_RETURN)


def test_what_is_wrong_stays_behind_with_its_reason(own: Shop, now: datetime, tmp_path: Path) -> None:
    report = go(
        own,
        tmp_path,
        now,
        ["B9", "T3", *ONE[2:]],
        ["A1", "T4", "退货退款", "十元", "", "2026-11-21 10:00:00", ""],
        ["A1", "T5", "退货退款", "1.00", "", "昨天", ""],
        ONE,
    )
    assert [(one.row, one.problem) for one in report.problems] == [
        (2, "order_missing"),
        (3, "not_money"),
        (4, "not_moment"),
    ]
    assert [case.channel_refund_no for case in cases()] == ["T1"]


def test_a_state_nobody_knows_is_an_anomaly_and_never_a_guess(own: Shop, now: datetime, tmp_path: Path) -> None:
    go(own, tmp_path, now, [*ONE[:-1], "在路上吧"])
    assert [case.status for case in cases()] == [AftersaleStatus.UNKNOWN]
    with reading() as session:
        assert [one.kind for one in session.exec(select(Anomaly))] == [AnomalyKind.UNKNOWN_STATUS_WORD]
