"""A database full of a merchant's months, for what only shows at size: plans, pages, benchmarks."""

from datetime import datetime, timedelta

from orderhub.domain.shop import ShopSync
from orderhub.fill import fill_orders
from orderhub.fill_orders import SHOPS
from orderhub.kernel.db import Database
from tests.builders import NOW, shop

DAYS = 62


def fill(
    database: Database, orders: int = 100_000, *, now: datetime = NOW, seed: int = 1, open_share: float = 0.04
) -> None:
    """As ``orderhub lab fill``, of two months in 9 connected shops.

    ``open_share`` of the orders have not left yet; on a promotion night that is most of them.
    """
    with database.transaction() as session:
        for code, channel, _ in SHOPS:
            kept = shop(session, code, channel)
            for kind in ("order", "refund"):
                if not session.get(ShopSync, (kept.id, kind)):
                    age = timedelta(seconds=10 + 7 * kept.id)
                    row = ShopSync(
                        shop_id=kept.id, kind=kind, watermark=now - age, tried_at=now, succeeded_at=now - age
                    )
                    session.add(row)
    fill_orders(database, orders, days=DAYS, now=now, seed=seed, open_share=open_share)
