"""Which part of the country does a receiver live in, and how far is that from a warehouse?"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from orderhub.domain.stock import Warehouse

# 七大地理分区; the first two characters tell every province from every other.
GREAT_REGIONS = (
    "北京 天津 河北 山西 内蒙古",
    "辽宁 吉林 黑龙江",
    "上海 江苏 浙江 安徽 福建 江西 山东",
    "河南 湖北 湖南",
    "广东 广西 海南",
    "重庆 四川 贵州 云南 西藏",
    "陕西 甘肃 青海 宁夏 新疆",
    "香港 澳门 台湾",
)

# Where each province's government sits, in degrees north and east, to a tenth of one: weather is told by the 11 km.
# Source: github.com/huangwenxia/my-threejs-bi, src/components/Earth/untils/coordinate.js (commit cd4d83fa), read
# 2026-11.
CAPITALS: dict[str, tuple[float, float]] = {
    "北京": (39.9, 116.4),
    "天津": (39.1, 117.2),
    "河北": (38.0, 114.5),
    "山西": (37.9, 112.5),
    "内蒙古": (40.8, 111.7),
    "辽宁": (41.8, 123.4),
    "吉林": (43.9, 125.3),
    "黑龙江": (45.8, 126.6),
    "上海": (31.2, 121.5),
    "江苏": (32.0, 118.8),
    "浙江": (30.3, 120.2),
    "安徽": (31.9, 117.3),
    "福建": (26.1, 119.3),
    "江西": (28.7, 115.9),
    "山东": (36.7, 117.0),
    "河南": (34.8, 113.7),
    "湖北": (30.6, 114.3),
    "湖南": (28.2, 113.0),
    "广东": (23.1, 113.3),
    "广西": (22.8, 108.3),
    "海南": (20.0, 110.3),
    "重庆": (29.5, 106.5),
    "四川": (30.7, 104.1),
    "贵州": (26.6, 106.7),
    "云南": (25.0, 102.7),
    "西藏": (29.7, 91.1),
    "陕西": (34.3, 108.9),
    "甘肃": (36.1, 103.8),
    "青海": (36.6, 101.8),
    "宁夏": (38.5, 106.3),
    "新疆": (43.8, 87.6),
    "香港": (22.3, 114.2),
    "澳门": (22.2, 113.5),
    "台湾": (25.0, 121.5),
}


class Distance(StrEnum):
    """``SERVED``: the warehouse is there for the province; ``NEAR``: it serves another one of the same great region."""

    SERVED = "served"
    NEAR = "near"
    FAR = "far"


def province_of(region: str) -> str:
    """``浙江省 杭州市 …`` → ``浙江``; empty where the place is not known."""
    return next((name for names in GREAT_REGIONS for name in names.split() if region.startswith(name)), "")


def is_among(region: str, provinces: str | Iterable[str]) -> bool:
    """``浙江`` is where ``浙江省 杭州市 …`` is: platforms write a province with and without its kind."""
    names = provinces.split() if isinstance(provinces, str) else provinces
    return bool(region) and any(region.startswith(province) for province in names)


def distance(region: str, served: str) -> Distance:
    """From a warehouse that serves the provinces ``served`` (by spaces) to ``region``, which begins with its own."""
    if is_among(region, served):
        return Distance.SERVED
    neighbours = next((names for names in GREAT_REGIONS if is_among(region, names)), "")
    return Distance.NEAR if any(is_among(province, neighbours) for province in served.split()) else Distance.FAR


def shared_out(warehouses: Sequence[Warehouse]) -> dict[int, list[str]]:
    """The country's provinces by the warehouse (its id) that would serve them.

    That is the one that is there for the province, else one of the same great region, else the first by rank.
    """
    ranked = sorted(warehouses, key=lambda one: (one.rank, one.id))
    found: dict[int, list[str]] = {}
    for names in GREAT_REGIONS if ranked else ():
        for province in names.split():
            nearest = min(ranked, key=lambda one: list(Distance).index(distance(province, one.provinces)))
            found.setdefault(nearest.id, []).append(province)
    return found
