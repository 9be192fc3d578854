"""Who makes and changes orders by hand? The desk: what a test or a learner wants to see happen, now."""

from collections.abc import Callable
from random import Random
from typing import Any

from orderhub.domain.words import AftersaleKind
from orderhub.kernel.clock import from_unix
from orderhub.kernel.errors import BadInput, IllegalMove
from orderhub.lab import changes
from orderhub.lab.answers import Body
from orderhub.lab.catalogue import CATALOGUE, Sku
from orderhub.lab.living import Living
from orderhub.lab.newborn import invent, lines_of
from orderhub.lab.orders import LabLine, LabOrder, LabParcel, LabRefund
from orderhub.lab.world import World

Deed = Callable[[LabOrder, Body, int], object]

_BY_CODE = {sku.code: sku for sku in CATALOGUE}
_TURNS = 300_000  # far from those of the living, so that numbers made by hand are never met by others


class Desk:
    def __init__(self, world: World, living: Living) -> None:
        self.world = world
        self.living = living
        self._made = 0
        self.deeds: dict[str, Deed] = {
            "pay": lambda order, _, at: changes.pay(world, order, at),
            "pay_under_risk_check": lambda order, _, at: changes.pay(world, order, at, under_risk_check=True),
            "pass_risk_check": lambda order, _, at: changes.pass_risk_check(world, order, at),
            "ship": self._ship,
            "deliver": lambda order, _, at: changes.deliver(world, order, at),
            "complete": lambda order, _, at: changes.complete(world, order, at),
            "cancel": self._cancel,
            "remark": self._remark,
            "status_word": self._status_word,
            "request_refund": self._request_refund,
            "agree_refund": lambda order, _, at: self._each_refund(order, lambda r: changes.agree(world, r, at)),
            "refuse_refund": lambda order, _, at: self._each_refund(order, lambda r: changes.refuse(world, r, at)),
            "withdraw_refund": lambda order, _, at: self._each_refund(order, lambda r: changes.withdraw(world, r, at)),
            "send_back": lambda order, asked, at: self._each_refund(
                order, lambda r: changes.send_back(world, r, at, str(asked.get("tracking_no", "YT0000000000001")))
            ),
        }

    def make(self, asked: Body) -> LabOrder:
        """An order placed now; what ``asked`` leaves out is invented. ``lives`` lets it go on by itself."""
        shop, now = self.world.shop(str(asked.get("shop", ""))), self.world.now()
        self._made += 1
        rng = Random(f"{self.world.seed}:desk:{self._made}")
        order = invent(shop, rng, created=now, turn=_TURNS + self._made)
        if "lines" in asked:
            order.lines = lines_of(self.world.platform_of(shop.code), order.number, _wanted(asked["lines"]))
            order.channel_discount_fen = 0
        _write(order, asked)
        changes.born(self.world, order)
        if asked.get("paid"):
            changes.pay(self.world, order, now)
        if asked.get("lives"):
            self.living.expect_life(order)
        return order

    def change(self, order: LabOrder, asked: Body) -> None:
        """Raises: IllegalMove: the order is not in a status for it. BadInput: no such deed."""
        wanted = str(asked.get("do", ""))
        if wanted not in self.deeds:
            raise BadInput(f"do: {wanted!r} is none of {', '.join(self.deeds)}", field="do", problem="unknown_deed")
        if not self.deeds[wanted](order, asked, self.world.now()):
            raise IllegalMove(f"{order.number} is {order.status}: {wanted} does not fit")

    def shown(self, order: LabOrder) -> Body:
        """The order in the lab's words, and under ``body`` as its platform writes it."""
        shop, shelf = self.world.shops[order.shop], self.world.shelves[order.shop]
        cases = [shelf.refunds[number] for number in order.refund_nos if number in shelf.refunds]
        platform = self.world.platform_of(order.shop)
        return {
            "shop": order.shop,
            "number": platform.write_no(order.number),
            "status": order.status,
            "created": from_unix(order.created).isoformat(),
            "modified": from_unix(order.modified).isoformat(),
            "pay_fen": order.pay_fen,
            "lines": [_line(line) for line in order.lines],
            "refunds": [{"number": str(case.number), "status": case.status, "kind": case.kind} for case in cases],
            "body": platform.body(order, shop, shelf),
        }

    def _ship(self, order: LabOrder, asked: Body, at: int) -> bool:
        tracking_no = str(asked.get("tracking_no") or f"ZT{order.number % 10**13:013d}")
        lines = tuple(int(number) for number in asked.get("lines", ()))
        return changes.ship(self.world, order, at, LabParcel(tracking_no, str(asked.get("carrier", "ZTO")), at, lines))

    def _cancel(self, order: LabOrder, asked: Body, at: int) -> bool:
        """Before payment the order closes; after it every line is refunded, which closes it too."""
        if changes.close_unpaid(self.world, order, at):
            return True
        reason = str(asked.get("reason", "不想要了"))
        asked_back = [
            changes.request_refund(self.world, order, at, reason=reason, line=n) for n in range(len(order.lines))
        ]
        return all(case is not None and changes.settle(self.world, case, at) for case in asked_back)

    def _remark(self, order: LabOrder, asked: Body, at: int) -> bool:
        texts = {"buyer": str(asked.get("remark", "")), "memo": str(asked.get("memo", ""))}
        return changes.remark(self.world, order, at, **texts, flag=asked.get("flag"))

    def _status_word(self, order: LabOrder, asked: Body, at: int) -> bool:
        order.status_word = str(asked.get("word", ""))
        self.world.changed(order, at, "remark")
        return True

    def _request_refund(self, order: LabOrder, asked: Body, at: int) -> LabRefund | None:
        kind = AftersaleKind(asked["kind"]) if "kind" in asked else None
        line = int(asked.get("line", 0))
        if not 0 <= line < len(order.lines):
            raise BadInput(f"line: the order has {len(order.lines)}, counted from 0", field="line", problem="no_line")
        reason = str(asked.get("reason", "不想要了"))
        return changes.request_refund(self.world, order, at, reason=reason, kind=kind, line=line)

    def _each_refund(self, order: LabOrder, deed: Callable[[LabRefund], bool]) -> bool:
        done = [deed(case) for case in changes.open_refunds(self.world, order)]
        return any(done)


def _wanted(lines: Any) -> list[tuple[Sku, int]]:
    """``[{"code": "BOX-40L", "quantity": 2}]``; a code that is not in the catalogue is listed all the same."""
    if not isinstance(lines, list) or not lines:
        raise BadInput("lines: needs a list of {code, quantity, price_fen}", field="lines", problem="not_list")
    return [(_sku(line), int(line.get("quantity", 1))) for line in lines]


def _sku(line: Body) -> Sku:
    code = str(line.get("code", ""))
    known = _BY_CODE.get(code, Sku(len(CATALOGUE), code, "测试商品", "默认", 10_000))
    return Sku(
        known.position,
        code,
        str(line.get("title", known.title)),
        known.spec,
        int(line.get("price_fen", known.price_fen)),
    )


def _write(order: LabOrder, asked: Body) -> None:
    order.remark = str(asked.get("remark", order.remark))
    order.memo = str(asked.get("memo", order.memo))
    order.flag = int(asked.get("flag", order.flag))
    order.freight_fen = int(asked.get("freight_fen", order.freight_fen))
    order.is_presale = bool(asked.get("presale", order.is_presale))
    order.mismatch_fen = int(asked.get("mismatch_fen", 0))
    order.status_word = str(asked.get("status_word", ""))
    order.buyer = int(asked.get("buyer", order.buyer))


def _line(line: LabLine) -> Body:
    return {"number": str(line.number), "code": line.code, "quantity": line.quantity, "total_fen": line.total_fen}
