"""What do customers send back of a supplier's goods, and does what is wrong at the door foretell it?

Where several suppliers sell a SKU its returns are shared among them by the pieces each has brought in the year before.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, func, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_line import AftersaleLine
from orderhub.domain.order import OrderLine
from orderhub.domain.order_stock import line_code
from orderhub.domain.purchase_order import PurchaseLine, PurchaseOrder
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.sku import Sku, each_means
from orderhub.domain.stock import Cause, StockEntry
from orderhub.domain.words import AftersaleStatus
from orderhub.kernel.clock import day_start

# Reasons that may begin at the supplier's.
OF_SUPPLY = (
    ReasonKind.QUALITY,
    ReasonKind.NOT_AS_DESCRIBED,
    ReasonKind.WRONG_ITEM,
    ReasonKind.SHORT_OR_MISSING,
    ReasonKind.DAMAGED,
    ReasonKind.COUNTERFEIT,
)
LEAST_PAIRS = 5
_BROUGHT_BEFORE = timedelta(days=365)
_NOT_BACK = (AftersaleStatus.WITHDRAWN, AftersaleStatus.REJECTED)


@dataclass(frozen=True)
class ReturnedSku:
    """Of one SKU as one supplier brings it: pieces at the door and at customers."""

    supplier_id: int
    sku_id: int
    code: str
    title: str
    brought: int
    bad: int
    sold: float
    returned: float

    @property
    def bad_share(self) -> float:
        return self.bad / self.brought if self.brought else 0.0

    @property
    def return_share(self) -> float:
        return self.returned / self.sold if self.sold else 0.0


@dataclass(frozen=True)
class Returns:
    """``reasons``: pieces by supplier and reason, every reason; ``skus`` count only ``OF_SUPPLY``.

    ``correlation`` (Spearman) of what is bad at the door with what comes back, over ``pairs`` of supplier and SKU;
    None where there are fewer than ``LEAST_PAIRS`` or all are alike.
    """

    reasons: Mapping[int, Mapping[ReasonKind, float]]
    skus: Sequence[ReturnedSku]
    pairs: int
    correlation: float | None


def returns(session: Session, since: date, until: date) -> Returns:
    """Of cases that were opened, and goods that left, from ``since`` to ``until``, both meant."""
    brought = _brought(session, since - _BROUGHT_BEFORE, until)
    back = _back(session, since, until)
    sold = _sold(session, since, until)
    shares = _shares(brought)
    reasons: dict[int, Counter[ReasonKind]] = defaultdict(Counter)
    for (sku_id, kind), pieces in back.items():
        for supplier_id, share in shares.get(sku_id, {}).items():
            reasons[supplier_id][kind] += pieces * share  # type: ignore[assignment]
    titles = {sku.id: sku for sku in session.exec(select(Sku).where(col(Sku.id).in_(shares)))}
    skus = [
        ReturnedSku(
            supplier_id,
            sku_id,
            titles[sku_id].code,
            titles[sku_id].title,
            pieces,
            bad,
            sold.get(sku_id, 0) * shares[sku_id][supplier_id],
            sum(back.get((sku_id, kind), 0) for kind in OF_SUPPLY) * shares[sku_id][supplier_id],
        )
        for (supplier_id, sku_id), (pieces, bad) in brought.items()
        if sku_id in titles and pieces
    ]
    skus.sort(key=lambda one: (-one.returned, one.code, one.supplier_id))
    told = [(one.bad_share, one.return_share) for one in skus if one.sold]
    return Returns(reasons, skus, len(told), spearman(told) if len(told) >= LEAST_PAIRS else None)


def spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    """The correlation of ranks, ties sharing theirs; None where one side never changes."""
    left, right = _ranks([one for one, _ in pairs]), _ranks([one for _, one in pairs])
    middle = (len(pairs) + 1) / 2
    both = sum((one - middle) * (other - middle) for one, other in zip(left, right, strict=True))
    spread = sum((one - middle) ** 2 for one in left) * sum((one - middle) ** 2 for one in right)
    return both / spread**0.5 if spread else None


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + 1 + end) / 2
        start = end
    return ranks


def _brought(session: Session, since: date, until: date) -> dict[tuple[int, int], tuple[int, int]]:
    """By supplier and SKU: pieces that came, and those of them that were wrong, missing or defective."""
    bad = PurchaseLine.wrong + PurchaseLine.missing + PurchaseLine.defective
    wanted = (
        select(PurchaseOrder.supplier_id, PurchaseLine.sku_id, func.sum(PurchaseLine.good + bad), func.sum(bad))
        .join(PurchaseOrder, col(PurchaseOrder.id) == PurchaseLine.purchase_id)
        .where(PurchaseLine.sku_id > 0, col(PurchaseLine.settled_on).between(since, until))
        .group_by(col(PurchaseOrder.supplier_id), col(PurchaseLine.sku_id))
    )
    rows = session.exec(wanted)
    return {(supplier_id, sku_id): (int(pieces), int(wrong)) for supplier_id, sku_id, pieces, wrong in rows}


def _shares(brought: Mapping[tuple[int, int], tuple[int, int]]) -> dict[int, dict[int, float]]:
    """By SKU, each supplier's part of what came."""
    whole: Counter[int] = Counter()
    for (_, sku_id), (pieces, _) in brought.items():
        whole[sku_id] += pieces
    shares: dict[int, dict[int, float]] = defaultdict(dict)
    for (supplier_id, sku_id), (pieces, _) in brought.items():
        if whole[sku_id]:
            shares[sku_id][supplier_id] = pieces / whole[sku_id]
    return shares


def _sold(session: Session, since: date, until: date) -> dict[int, int]:
    """By SKU, pieces that left and were not called back."""
    wanted = (
        select(StockEntry.sku_id, func.sum(StockEntry.on_hand_change))
        .where(
            col(StockEntry.cause).in_((Cause.SHIPPED, Cause.RECALLED)),
            StockEntry.at >= day_start(since),
            StockEntry.at < day_start(until + timedelta(days=1)),
        )
        .group_by(col(StockEntry.sku_id))
    )
    return {sku_id: -int(change) for sku_id, change in session.exec(wanted) if change < 0}


def _back(session: Session, since: date, until: date) -> dict[tuple[int, ReasonKind], int]:
    """By SKU and reason, pieces that customers want to give back; a bundle counts as its parts."""
    wanted = (
        select(Aftersale.shop_id, Aftersale.reason_kind, AftersaleLine.quantity, OrderLine)
        .join(Aftersale, col(Aftersale.id) == AftersaleLine.aftersale_id)
        .join(OrderLine, col(OrderLine.id) == AftersaleLine.line_id)
        .where(
            col(Aftersale.status).not_in(_NOT_BACK),
            Aftersale.requested_at >= day_start(since),
            Aftersale.requested_at < day_start(until + timedelta(days=1)),
        )
    )
    by_code: Counter[tuple[int, str, ReasonKind]] = Counter()
    for shop_id, kind, pieces, line in session.exec(wanted):
        by_code[shop_id, line_code(line), ReasonKind(kind)] += pieces
    found: Counter[tuple[int, ReasonKind]] = Counter()
    for shop_id in {shop_id for shop_id, _, _ in by_code}:
        codes = {code for shop, code, _ in by_code if shop == shop_id}
        means = each_means(session, shop_id, codes)
        for (shop, code, kind), pieces in by_code.items():
            if shop == shop_id:
                for sku_id, each in means[code].every.items():
                    found[sku_id, kind] += each * pieces
    return found
