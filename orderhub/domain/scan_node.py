"""What does a carrier's scan mean? Its own state code first, what it says in words second.

The words are Chinese sentences of couriers, of any carrier. A sentence is read from the dangerous end: what went wrong
before what went back, what lies in a locker before what is in the buyer's hands; nothing is delivered that only asks
to get ready for it. What nobody has taught the hub is on its way, and is collected to be taught.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from orderhub.domain.words import ScanNode


@dataclass(frozen=True)
class Meaning:
    """``node`` is None for what is no movement, such as an order for a courier; ``is_known`` is False for a guess;
    ``phrase`` is the taught one that says so, empty where the hub's own rules do."""

    node: ScanNode | None
    is_known: bool = True
    phrase: str = ""


def meaning_of(text: str, taught: Mapping[str, ScanNode | None] | None = None) -> Meaning:
    """What ``text`` says. ``taught`` are phrases of the merchant's own, already ``folded``: the longest one counts."""
    said = folded(text)
    for phrase in sorted((phrase for phrase in taught or {} if phrase in said), key=len, reverse=True):
        return Meaning((taught or {})[phrase], phrase=phrase)
    facts = _TAIL.sub("", said) or said
    for node, pattern in _RULES:
        if pattern.search(facts):
            return Meaning(node)
    return Meaning(ScanNode.IN_TRANSIT, is_known=False)


def folded(text: str) -> str:
    """One spelling: half-width, no spaces, no telephone numbers in the middle of words."""
    dense = "".join(unicodedata.normalize("NFKC", text).split())
    return _PHONES.sub("", dense)


_PHONES = re.compile(r"[(（]?\d[\d\-]{6,}[)）]?")
# Thanks, advertising and whom to call begin here; what they say is no fact about the parcel.
_TAIL = re.compile(
    r"(?<=.)(?:感谢|如有疑问|如需联系|如您未收到|疫情期间|期待|风里来|相逢是缘|有疑问|投诉电话|请在评价).*", re.DOTALL
)

_LOCKER = "驿站|丰巢|快递柜|智能柜|自提柜|柜|自提点|代收点|代理点|代办点|快递超市|兔喜|菜鸟|妈妈店|合作点"
_HANDS = "收件人|客户|用户|买家|顾客|本人"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


# The first that fits counts.
_RULES: tuple[tuple[ScanNode | None, re.Pattern[str]], ...] = (
    (ScanNode.REFUSED, _any("拒收", "拒签", "拒绝签收", "拒绝收件")),
    (
        ScanNode.PROBLEM,
        _any(
            "签收失败|失败签收|签收异常|异常签收|未签收|未能签收|无法签收|无人签收",
            "(?:派送|派件|投递|妥投|配送|揽收|揽件|取件|送货|递送|联系)(?:不成功|未成功|失败|异常)",
            "未妥投|未能妥投|未能(?:成功)?(?:派送|派件|投递|配送|联系)|(?:没有|未)(?:成功)?(?:派送|投递)",
            "无法(?:派送|派件|投递|配送|联系|送达|识别)",
            "联系不上|无人接听|电话(?:关机|停机|空号|无法|打不通)|地址(?:不详|不全|错误|有误|不清|不存在)|查无此人|超出派送范围|超区",
            "滞留|留仓|问题件|疑难件|异常|破损|丢失|遗失|污损|损坏|延误|错分|错发|漏发|违禁|扣留|扣件",
            "取消派件|暂停派送|暂不派送|暂缓派送|停止派送",
            "(?:改|另)(?:天|日|期|约|派)|再次派送|再派送|重新派送|择日|预约派送|更改(?:派送|地址|收件|收货)|延迟|延期|再投|操作再取|节假日(?:休息|放假)|放假",
        ),
    ),
    (
        ScanNode.RETURNING,
        _any(
            "退回|退件|退签|转退|退货|退返|返回寄件|退还|原路返|返还|已退|正在退|拦截(?:成功|件|退)|已拦截",
        ),
    ),
    (
        None,
        _any(
            "揽收任务|待揽收|等待揽收|未揽收|(?:快递员|小哥|司机).{0,8}等待取件|预约取件|已预约|派单|接单(?!.*(?:派送|送货|配送))",
            "添加快递单|已下单|下单成功|订单已(?:创建|提交|生成)|正在备货|准备快件|已打单|面单已|打印面单|订单信息|已通知(?:快递|揽收)|等待发货|商家(?:已发货|正在)|通知.{0,6}揽",
        ),
    ),
    (
        ScanNode.DELIVERED,
        _any(
            "已签收|签收人|已(?:被|由|在).{0,30}签收|代签收|代签|签收成功|完成签收|签收完成|签收:|投递并签收|本人签收|被.{0,20}签收",
            "已妥投|经妥投|妥投(?!失败)",
            "完成(?:配送|派送|派件|投递|送货)|配送完成|派送完成|投递完成|派件完成|派送成功|派件成功|投递成功|配送成功|送达成功|交易完成",
            "(?:已|被|成功)(?:取走|取出|提走|领走|领取|自提|提货)|完成取件|取件完成|从.{0,30}取出",
            "送达收(?:货|件)人|(?:派送|投递|派件|放)(?:至|到|在)(?:本人|家门口|门口|门卫|前台|收件人)|(?:派件|派送|投递|配送)已完成",
        ),
    ),
    (
        ScanNode.READY_FOR_PICKUP,
        _any(
            "暂存|暂放|保管|入柜|蜂站|自提短信|自提通知|上门自提|取件码|取货码|提货码|取件通知|待取|待自提|待提货|可自提|凭.{0,6}码",
            "请.{0,8}(?:领取|取件|取走|取货|自提|提货|取回)|等待.{0,6}(?:领取|自提|取件|取货|提货)",
            f"(?:派件|投递|派送|放|存|投|送|送达|配送)(?:至|到|入|进|达).{{0,30}}(?:{_LOCKER})",
            f"(?:{_LOCKER}).{{0,6}}(?:代收|保管|入库|存放|代存|已接收|已收件)",
            f"到达(?!.*(?:发往|下一站|正在|派件中)).{{0,40}}(?:{_LOCKER})",
            "(?:已|被).{0,20}(?:驿站|丰巢|柜|超市|代收点|便利店).{0,4}代收",
        ),
    ),
    (
        ScanNode.DELIVERED,
        _any(
            f"(?:{_HANDS}).{{0,8}}(?:取走|取件|取出|提走|领走)",
            "已(?:被|由).{0,30}代收",
        ),
    ),
    (
        ScanNode.OUT_FOR_DELIVERY,
        _any(
            "派件中|派送中|配送中|投递中|送货中|派送途中|派件途中|配送途中|派送扫描|派件扫描",
            "正在.{0,10}(?:派件|派送|配送|投递|送货|为您派)|第.{1,3}次(?:派件|派送|投递)",
            "安排投递|开始(?:配送|派送|派件|投递)|外出(?:派送|派件|投递)|出库派送|出仓派送|出班派送|出发派送|今[天日].{0,6}派送|交由.{0,20}(?:派送|配送|派件)",
            "(?:派件员|派送员|配送员|投递员|快递员|业务员|小件员|派件人).{0,30}(?:派件|派送|配送|投递|送货)(?!任务)",
            "请(?:您)?准备签收|准备收货",
        ),
    ),
    (ScanNode.CUSTOMS, _any("清关|海关|报关|通关|出关|入关|查验|口岸")),
    (
        ScanNode.ARRIVED_HUB,
        _any(
            "收货完成|将很快进行派送|即将(?:为您)?派送|等待派送|待派送",
        ),
    ),
    (
        ScanNode.LEFT_HUB,
        _any("离开|发往|已发出|发出|发车|装车|(?<!送往)下一站|已出发|起飞|启运|发运|转运目的地|出站"),
    ),
    (
        ScanNode.COLLECTED,
        _any(
            "揽收|揽件|收寄|已收件|收件员|已收取|被.{0,8}收取|收件完成|取件人|已取件|上门取|上门收|已交付(?:京东|快递|物流|承运)|收件扫描|收件入仓|已收货"
        ),
    ),
    (
        ScanNode.ARRIVED_HUB,
        _any("到达|已到|抵达|收入|卸车|到件|到站|进站|入库|入站|入仓|扫描员|降落|落地|交接扫描|到港"),
    ),
    (
        ScanNode.IN_TRANSIT,
        _any(
            "运输|在途|途中|途经|分拣|装袋|打包|称重|收箱|建包|集包|拆包|封车|解封|中转|转寄|分配|送往|转运|装箱|拼箱|航班|扫描|处理中"
        ),
    ),
)
