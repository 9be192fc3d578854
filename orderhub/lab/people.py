"""Who are the lab's buyers? Numbers with invented, masked faces; the same buyer always looks the same."""

import base64
import hashlib
from dataclasses import dataclass

_REGIONS = (
    ("浙江省", "330000", "杭州市", "330100", "余杭区", "330110"),
    ("江苏省", "320000", "苏州市", "320500", "吴中区", "320506"),
    ("上海市", "310000", "上海市", "310100", "浦东新区", "310115"),
    ("广东省", "440000", "广州市", "440100", "天河区", "440106"),
    ("广东省", "440000", "深圳市", "440300", "宝安区", "440306"),
    ("北京市", "110000", "北京市", "110100", "朝阳区", "110105"),
    ("四川省", "510000", "成都市", "510100", "武侯区", "510107"),
    ("湖北省", "420000", "武汉市", "420100", "洪山区", "420111"),
    ("山东省", "370000", "济宁市", "370800", "嘉祥县", "370829"),
    ("福建省", "350000", "厦门市", "350200", "思明区", "350203"),
    ("新疆维吾尔自治区", "650000", "乌鲁木齐市", "650100", "天山区", "650102"),
)


@dataclass(frozen=True, slots=True)
class Place:
    province: str
    province_no: str
    city: str
    city_no: str
    district: str
    district_no: str


@dataclass(frozen=True, slots=True)
class Person:
    number: int

    @property
    def name_masked(self) -> str:
        return "测**"

    @property
    def name(self) -> str:
        """In the clear; like everything of a person here it is made up."""
        return f"测试{self.number % 1000:03d}"

    @property
    def mobile(self) -> str:
        return f"138{self.number * 7919 % 10_000:04d}{self.phone_tail}"

    @property
    def address(self) -> str:
        return f"测试路{self.number % 900 + 1}号测试小区"

    @property
    def phone_tail(self) -> str:
        return f"{self.number * 37 % 10_000:04d}"

    @property
    def place(self) -> Place:
        return Place(*_REGIONS[self.number % len(_REGIONS)])

    def token(self, purpose: str, *, length: int = 48) -> str:
        """Stable for this buyer and purpose; nothing can be read out of it."""
        raw = hashlib.sha512(f"lab:{purpose}:{self.number}".encode()).digest()
        return base64.b64encode(raw).decode()[:length]
