"""What has a newcomer's merchant on the shelf, and who takes it away?

The lab's goods in two regional warehouses, a few of them scarce, and carriers at invented prices.
"""

from datetime import datetime

from sqlmodel import Session, select

from orderhub.domain.carrier_service import CarrierService, put_service
from orderhub.domain.channel_stock import Formula, set_share
from orderhub.domain.shop import Shop
from orderhub.domain.sku import Sku, has_skus, put_sku
from orderhub.domain.stock import Warehouse, count, put_warehouse, set_threshold
from orderhub.domain.words import Carrier
from orderhub.kernel.eventlog import SYSTEM
from orderhub.lab.catalogue import CATALOGUE

# Goods of bundles that are sold by themselves nowhere.
_PARTS = (("A-18", "抽屉柜 18L", 9000), ("B-C1", "收纳箱 C1", 2400))
# An article nobody has entered yet: its code waits in the queue of unmatched ones.
_UNKNOWN = "PEG-1"
_PLENTY, _SCARCE, _THRESHOLD = 900, 25, 40
_SCARCE_EVERY = 9
_WAREHOUSES = (
    (
        "east",
        "华东仓",
        "上海 江苏 浙江 安徽 山东 江西 北京 天津 河北 河南 湖北 辽宁 吉林 黑龙江 山西 陕西 内蒙古 甘肃 宁夏 青海 新疆",
    ),
    ("south", "华南仓", "广东 广西 海南 福建 湖南 贵州 云南 四川 重庆 西藏"),
)
_FAR = "新疆 西藏"
# The shop whose channel is told how many there are, and by which formula; the others wait for the merchant's word.
_TOLD_SHOP, _TOLD = "tb-flagship", Formula(percent=80, buffer=5)
# Carrier, product, fen for the first kilogram and each further one, for far provinces, where it does not go.
_SERVICES = (
    (Carrier.SF, "特惠", (800, 200), (1800, 900), ""),
    (Carrier.SF, "标快", (1300, 300), (2300, 1400), ""),
    (Carrier.ZTO, "", (900, 150), (2000, 1000), "西藏"),
    (Carrier.YUNDA, "", (850, 200), (2000, 1000), _FAR),
)


def seed_stock(session: Session, now: datetime) -> None:
    """Warehouses, SKUs, counts, carriers and a shop's share of it all, where the hub knows of no SKU yet."""
    if has_skus(session):
        return
    places = [
        put_warehouse(session, code, name=name, provinces=provinces, now=now) for code, name, provinces in _WAREHOUSES
    ]
    goods = [(one.code, f"{one.title} {one.spec}", one.price_fen) for one in CATALOGUE if not _is_expression(one.code)]
    for position, (code, title, price_fen) in enumerate([*goods, *_PARTS]):
        if code != _UNKNOWN:
            weight = 300 + price_fen // 10
            sku = put_sku(session, code, title=title, barcode=_ean13(position), weight_grams=weight, by=SYSTEM, now=now)
            _count(session, sku, places, is_scarce=position % _SCARCE_EVERY == 0, now=now)
    for rank, (carrier, product, price, far, not_to) in enumerate(_SERVICES):
        zone = {"provinces": _FAR, "first_fen": far[0], "step_fen": far[1]}
        made = CarrierService(carrier=carrier, product=product, rank=rank, not_to=not_to, changed_at=now)
        made.first_fen, made.step_fen = price
        made.zones = [zone]
        put_service(session, made, by=SYSTEM, now=now)
    for shop in session.exec(select(Shop).where(Shop.code == _TOLD_SHOP)):
        set_share(session, shop, _TOLD, by=SYSTEM, now=now)


def _count(session: Session, sku: Sku, places: list[Warehouse], *, is_scarce: bool, now: datetime) -> None:
    for place in places:
        count(session, sku.id, place, _SCARCE if is_scarce else _PLENTY, reason="开仓", by=SYSTEM, now=now)
        set_threshold(session, sku.id, place, _THRESHOLD, now=now)


def _is_expression(code: str) -> bool:
    return "&" in code or "*" in code


def _ean13(position: int) -> str:
    digits = f"690{position:09d}"
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    return f"{digits}{-(odd + 3 * even) % 10}"
