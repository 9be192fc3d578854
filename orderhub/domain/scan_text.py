"""What of a courier's sentence may be read by whom?

Couriers write telephone numbers, names and doors into what they scan. Our people read the sentence with those struck
out (``masked``); a buyer's page shows nothing of it but the stations it names (``stations``), in words of our own:
what is not known to be a place is not shown, so a name that no pattern knows does not get out either.
"""

import re
from enum import StrEnum
from functools import lru_cache

_STRUCK = "***"
_DATE = r"(?<!\d)20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[ T]\d\d:\d\d(?::\d\d)?)?(?!\d)"
_NUMBER = r"(?:1\d\d\*{4}\d{4}|\+?\d(?:[\-—－() （）.·/]{0,3}\d){6,})"  # a mobile number comes masked already
_CODE = r"(?:取件码|取货码|提货码|验证码|凭证码|密码|凭)[^\dA-Za-z。，,；;]{0,4}[\dA-Za-z][\dA-Za-z\-]*"
_NAME = r"[\u4e00-\u9fffA-Za-z·*]{1,12}"
_ROLE = (
    r"(?:快递员|派件员|派送员|配送员|投递员|揽投员|揽收员|收件员|业务员|小件员|取件员|驾驶员|司机|快递小哥|小哥|站长|客服|"
    r"派件人|取件人|寄件人|发件人|收件人|联系人|经办人|签收人|扫描员|操作员|投递员姓名|姓名)"
)
# What follows a role and is nobody: "签收人: 本人", "签收人凭取货码签收".
_NOBODY = (
    r"(?:本人|他人|家人|家门口|同事|朋友|亲属|邻居|门卫|前台|物业|保安|代收|代签|凭|已|拒|不|未|完成|正|进行|开始|取|上门|将|为|电话|"
    r"到|准备|送|派|接|揽|外出|超时|等待)"
)
_NAMED = re.compile(
    rf"({_ROLE})(姓名)?(\s*(?:是|在|为)?\s*[:：,，]?\s*[【\[(（]?\s*)(?!{_NOBODY})({_NAME}?)"
    rf"(?=\s*(?:{_NUMBER}|\*\*\*|[】\]()（），,。；;：:【\[、]|\s|正在|已|派|为您|$))"
)
_BEFORE_NUMBER = re.compile(rf"(的|[，,：:\s】\]\-]|^)({_NAME})(\s*[（(【\[]?\s*)(?!{_DATE})(?={_NUMBER})")
_OF_STATION = re.compile(r"(的\s*)(?!快件|派件|包裹)([\u4e00-\u9fff·]{2,4})(?=\s*(?:已(?:收件|揽收|揽件|取件)|正在))")
_ASSIGNED = re.compile(rf"((?:分配|交)(?:给|由)\s*)({_NAME}?)(?=[，,。；;\s（(]|正在|$)")
_ADDRESS = re.compile(r"(地址[:：]).*?(?=如有|请|$)")
_KEPT_OR_STRUCK = re.compile(rf"({_DATE})|{_NUMBER}")
_NO_NAMES = ("电话", "手机", "手机号", "联系电话", "投诉电话", "网点电话", "联系", "请联系", "电联", "拨打")


def masked(text: str) -> str:
    """``text`` without telephone numbers, pick-up codes, addresses and the names of couriers and signers."""
    said = re.sub(_CODE, lambda found: re.sub(r"[\dA-Za-z].*", _STRUCK, found[0]), text)
    said = _NAMED.sub(lambda found: f"{found[1]}{found[2] or ''}{found[3]}{_STRUCK if found[4] else ''}", said)
    said = _BEFORE_NUMBER.sub(_struck_name, said)
    said = _OF_STATION.sub(rf"\1{_STRUCK}", said)
    said = _ASSIGNED.sub(rf"\1{_STRUCK}", said)
    said = _ADDRESS.sub(rf"\1{_STRUCK}", said)
    said = _KEPT_OR_STRUCK.sub(lambda found: found[1] or _STRUCK, said)
    return re.sub(r"(?:\*\*\*\s*[/、,，]?\s*){2,}", _STRUCK, said)


def _struck_name(found: re.Match[str]) -> str:
    is_name = not found[2].endswith(_NO_NAMES)
    return f"{found[1]}{_STRUCK if is_name else found[2]}{found[3]}"


# What a place of a carrier's is called; the longest that fits counts.
_KIND = (
    "转运中心公司|转运中心|分拨中心|集散中心|分拣中心|城配中心|邮件处理中心|处理中心|中转部|中转站|中转|转运部|分拣场|航空部|航站|"
    "营业部|营业点|营销部|服务部|服务点|分部|分公司|公司|网点|站点|收寄处理组|快递站|集散点|仓"
)
_PICK_UP = "菜鸟驿站|妈妈驿站|驿站|丰巢柜|快递柜|智能柜|自提柜|自提点|代收点|快递超市|便利店|蜂站|店/站"
_WORDS = r"[\u4e00-\u9fffA-Za-z0-9（）]"
_BRACKETED = re.compile(r"[【\[]([^【】\[\]]{2,40})[】\]]")
_PLAIN = re.compile(rf"{_WORDS}{{2,40}}?(?:{_KIND}|{_PICK_UP})(?!的)")
_ENDS = re.compile(rf"(?:{_KIND}|{_PICK_UP}|[市区县州盟旗站部场点])$")
# A sentence's own words before a place, and what no place holds.
_LEADS = re.compile(
    r"^.*(?:快件|包裹|货物|已经|已|由|从|在|至|到达|到|离开|发往|发出|下一站|送达|抵达|运往|交给|业务员|派件员|投递到|存放|的)"
)
_NO_PLACE = re.compile(
    r"\d{5,}|[*＊:：,，。;；]|签收|派件|电话|快递员|业务员|扫描员|派件员|收件|取件|先生|女士|小姐|目的地|到达|合作点"
)


@lru_cache(maxsize=4096)  # carriers say the same of thousands of parcels
def stations(text: str) -> tuple[str, ...]:
    """The carriers' places that ``text`` names, in its order: from one to the next. Nothing else of it."""
    said = masked(text)
    found = [_trimmed(name) for name in _BRACKETED.findall(said)]
    found += [_trimmed(name) for name in _PLAIN.findall(_BRACKETED.sub("，", said))]
    kept = [name for name in found if 2 <= len(name) <= 30 and _ENDS.search(name) and not _NO_PLACE.search(name)]
    return tuple(dict.fromkeys(name for name in kept if not any(name != other and name in other for other in kept)))[:2]


def _trimmed(name: str) -> str:
    return _LEADS.sub("", name.strip()) or name.strip()


class Trouble(StrEnum):
    """Why a parcel was not handed over, as far as a sentence says it."""

    NOBODY_REACHED = "nobody_reached"
    ADDRESS = "address"
    CLOSED = "closed"
    ANOTHER_DAY = "another_day"
    DAMAGED = "damaged"
    OTHER = "other"


_TROUBLES = (
    (Trouble.DAMAGED, re.compile("破损|污损|损坏|丢失|遗失")),
    (
        Trouble.NOBODY_REACHED,
        re.compile("联系不上|无人接听|关机|停机|空号|无法接通|打不通|不在|无人|未能联系|无法联系"),
    ),
    (Trouble.ADDRESS, re.compile("地址|查无此人|超区|超出派送")),
    (Trouble.CLOSED, re.compile("放假|休息|节假日|企事业|政府机关|学校|单位")),
    (Trouble.ANOTHER_DAY, re.compile("改天|改日|另约|改约|预约|择日|再次派送|重新派送|下午送|明天|约定|再投|再取|延")),
)


def trouble(text: str) -> Trouble:
    return next((found for found, pattern in _TROUBLES if pattern.search(text)), Trouble.OTHER)
