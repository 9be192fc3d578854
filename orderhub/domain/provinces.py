"""Which part of the country does a receiver live in, and how far is that from a warehouse?"""

from collections.abc import Iterable
from enum import StrEnum

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
