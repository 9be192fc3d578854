"""Is every kind of bill read to the fen, or refused with what to do?"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from orderhub.connectors.payments.wechat_pay.bill import read_bill
from orderhub.domain.settlement import LineKind, Statement, StatementSource
from orderhub.domain.settlement_book import take
from orderhub.intake.statements.reading import BadStatementRow, read_statement
from orderhub.kernel.clock import from_shanghai
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput
from orderhub.lab.wechat_keys import Merchant
from tests.domain.settled import differing, merchant_shop, paid_order, sent_back
from tests.intake.files.exports import csv_text, read_csv
from tests.intake.files.workbook import write_workbook

from .ledgers import RECORDED, SAMPLES, alipay_file, lab_bill, ledger_file

K = LineKind


def read(path: Path, shop: str = "tb-1") -> list[tuple[str, str, int, int]]:
    lines = read_statement(path, path.name, shop=shop).lines
    return [(line.kind, line.order_no, line.amount_fen, line.fee_fen) for line in lines]


@pytest.mark.parametrize("path", [RECORDED, *SAMPLES], ids=lambda path: path.name)
def test_a_real_trade_bill_agrees_by_itself_once_its_payments_are_here(database: Database, path: Path, now: datetime):
    """At least 99 of 100 lines must; the samples do with every one."""
    found = read_statement(path, path.name)
    said = read_bill(path.read_bytes()).sums
    with database.transaction() as session:
        shop = merchant_shop(session, "my-mp", found.account)
        paid = {}
        for line in sorted(found.lines, key=lambda one: one.kind is K.REFUND):
            if line.kind is K.RECEIPT or line.order_no not in paid:
                amount = line.amount_fen if line.kind is K.RECEIPT else -line.amount_fen
                at = line.moved_at if line.kind is K.RECEIPT else from_shanghai("2019-02-10 12:00:00")
                paid[line.order_no] = paid_order(session, line.order_no, of=shop, at=at, amount_fen=amount)
            if line.kind is K.REFUND:
                sent_back(session, paid[line.order_no], line.refund_no, -line.amount_fen, at=line.moved_at)
        take(session, found, by="tester", now=now)
        assert differing(session) == []
        (day,) = session.exec(select(Statement))
        assert day.lines == said["总交易单数"]
        assert (day.receipts_fen, -day.refunds_fen) == (said["订单总金额"], said["申请退款总金额"])
        assert day.fees_fen == said["手续费总金额"]


def test_the_same_bill_as_a_workbook_has_the_same_content(tmp_path: Path):
    bill = lab_bill(Merchant.made(), "2026-11-23", 1795406400, "mp-0001", "mp-0002", back=3000)
    path = tmp_path / "bill.csv"
    path.write_bytes(bill)
    book = write_workbook(tmp_path / "bill.xlsx", read_csv(bill.decode("utf-8-sig")))
    one, other = read_statement(path, "bill.csv"), read_statement(book, "bill.xlsx")
    assert [(line.kind, line.amount_fen, line.fee_fen) for line in one.lines] == [
        (K.RECEIPT, 13940, 84),
        (K.RECEIPT, 13940, 84),
        (K.REFUND, -3000, 0),
    ]
    assert one.content_digest == other.content_digest
    assert one.days == other.days


def test_a_bill_that_does_not_add_up_is_refused(tmp_path: Path):
    path = tmp_path / "bill.csv"
    path.write_text(RECORDED.read_text(encoding="utf-8").replace("`0.47,`0.14", "`0.48,`0.14"), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_statement(path, path.name)
    assert refused.value.problem == "bad_sum"


def test_an_alipay_ledger_is_read_with_taobaos_numbers_and_its_own_sums(tmp_path: Path):
    found = read_statement(alipay_file(tmp_path / "a.csv"), "a.csv", shop="tb-1")
    assert [(line.kind, line.order_no, line.amount_fen, line.entry_no) for line in found.lines] == [
        (K.RECEIPT, "6900000000000000001", 13940, "100"),
        (K.FEE, "6900000000000000001", -139, "101"),
        (K.REFUND, "6900000000000000001", -3000, "102"),
        (K.WITHDRAWAL, "", -10000, "103"),
    ]
    assert (found.source, found.account, found.sums) == (StatementSource.ALIPAY, "tb-1", {"收入": 13940, "支出": 13139})
    assert found.lines[0].moved_at == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    assert "ceshi" not in repr(found)
    with pytest.raises(BadInput) as refused:
        read_statement(alipay_file(tmp_path / "b.csv", income="139.41"), "b.csv", shop="tb-1")
    assert refused.value.problem == "statement_sums"


@pytest.mark.parametrize(
    ("header", "rows", "wanted"),
    [
        (
            "taobao_settlement",
            [{"商户订单号": "1001", "入账时间": "2026-11-23 10:00:00", "收入（+元）": "10.00", "业务类型": "交易付款"}],
            [("receipt", "1001", 1000, 0)],
        ),
        (
            "jd_daily_bill",
            [
                {"订单编号": "1", "费用项": "货款", "金额": "50", "收支方向": "收入", "费用结算时间": "2026-11-23"},
                {"订单编号": "1", "费用项": "佣金", "金额": "-4.5", "收支方向": "支出", "费用结算时间": "2026-11-23"},
            ],
            [("receipt", "1", 5000, 0), ("fee", "1", -450, 0)],
        ),
        (
            "jd_wallet",
            [{"商户订单号": "1", "日期": "2026-11-23", "支出金额(元)": "9.90", "交易备注": "退款"}],
            [("refund", "1", -990, 0)],
        ),
        (
            "pdd_bill",
            [
                {
                    "商户订单号": "261120-1",
                    "发生时间": "2026-11-23 1:00:00",
                    "收入金额（+元）": "8",
                    "账务类型": "交易收入",
                },
                {
                    "商户订单号": "261120-1",
                    "发生时间": "2026-11-23 1:00:00",
                    "支出金额（-元）": "0.05",
                    "账务类型": "技术服务费",
                },
            ],
            [("receipt", "261120-1", 800, 0), ("fee", "261120-1", -5, 0)],
        ),
        (
            "douyin_ledger",
            [
                {
                    "订单号": "'6900000000000000001",
                    "动账时间": "2026-11-23 10:00:00",
                    "动账方向": "入账",
                    "动账场景": "货款结算入账",
                    "动账金额": "98.00",
                    "订单实付应结": "100.00",
                    "实际平台补贴": "3.00",
                    "平台服务费": "-5.00",
                },
                {
                    "订单号": "'6900000000000000001",
                    "动账时间": "2026-11-23 11:00:00",
                    "动账方向": "出账",
                    "动账场景": "退款",
                    "动账金额": "20.00",
                },
            ],
            [
                ("receipt", "6900000000000000001", 10000, 500),
                ("other", "6900000000000000001", 300, 0),
                ("refund", "6900000000000000001", -2000, 0),
            ],
        ),
        (
            "douyin_freight_insurance",
            [
                {
                    "订单编号": "6900000000000000001",
                    "动账时间": "2026-11-23 10:00:00",
                    "支付保费": "0.88",
                    "保险名称": "运费险",
                }
            ],
            [("fee", "6900000000000000001", -88, 0)],
        ),
        (
            "youzan_bill",
            [{"关联单号": "E1", "入账时间": "2026-11-23 10:00:00", "收入(元)": "12.5", "类型": "订单收入"}],
            [("receipt", "E1", 1250, 0)],
        ),
    ],
)
def test_every_settlement_file_is_read_by_its_header(
    tmp_path: Path, header: str, rows: list[dict[str, str]], wanted: list[tuple[str, str, int, int]]
):
    assert read(ledger_file(tmp_path / "file.csv", header, *rows)) == wanted


def test_the_account_flow_of_wechat_pay_is_checked_against_its_last_lines(tmp_path: Path):
    rows = [
        {
            "记账时间": "2026-11-23 10:00:00",
            "业务名称": "交易",
            "收支类型": "收入",
            "收支金额(元)": "139.40",
            "业务凭证号": "A1",
        },
        {
            "记账时间": "2026-11-23 10:00:00",
            "业务名称": "扣除交易手续费",
            "收支类型": "支出",
            "收支金额(元)": "0.84",
            "业务凭证号": "A1",
        },
        {
            "记账时间": "2026-11-23 10:00:00",
            "业务名称": "退款",
            "收支类型": "支出",
            "收支金额(元)": "30",
            "业务凭证号": "R1",
        },
    ]
    names, sums = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额", "`3,`1,`139.40,`2,`{}"
    path = ledger_file(tmp_path / "f.csv", "wechatpay_fundflow", *rows, after=[names, sums.format("30.84")])
    assert [one[:3] for one in read(path)] == [("receipt", "A1", 13940), ("fee", "A1", -84), ("refund", "R1", -3000)]
    path = ledger_file(tmp_path / "g.csv", "wechatpay_fundflow", *rows, after=[names, sums.format("30.85")])
    with pytest.raises(BadInput, match="own sum of 支出 is 3085 fen"):
        read(path)


@pytest.mark.parametrize(
    ("text", "shop", "problem"),
    [
        (
            csv_text([["订单编号", "买家会员名", "买家应付货款", "订单状态", "宝贝总数量"], ["1", "a", "1", "x", "1"]]),
            "tb-1",
            "statement_unknown",
        ),
        ("商户订单号,发生时间,账务类型\n1,2026-11-23,x\n", "", "statement_no_shop"),
        ("商户订单号,发生时间,账务类型\n1,gestern,x\n", "tb-1", "statement_row"),
        ("商户订单号,发生时间,账务类型\n3.5E+18,2026-11-23,x\n", "tb-1", "statement_row"),
    ],
)
def test_what_is_no_whole_statement_is_refused(tmp_path: Path, text: str, shop: str, problem: str):
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read(path, shop)
    assert refused.value.problem == problem
    if isinstance(refused.value, BadStatementRow):
        assert refused.value.row == 2
