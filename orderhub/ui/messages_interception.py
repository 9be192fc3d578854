"""Which sentences does the page of interceptions say? Key → (Chinese, English)."""

INTERCEPTION_MESSAGES: dict[str, tuple[str, str]] = {
    "interception": ("拦截", "Interception"),
    "interception_cases": ("未发货退款", "Refunds before shipping"),
    "interception_caught": ("已拦下", "Caught"),
    "interception_too_late": ("申请前已发出", "Left before"),
    "interception_leaked": ("漏拦", "Leaked"),
    "interception_period": ("时间", "Period"),
    "interception_days_n": ("近 {n} 天", "{n} days"),
    "interception_today": ("今天", "Today"),
    "interception_since": ("从", "From"),
    "interception_until": ("到", "To"),
    "interception_show": ("查看", "Show"),
    "interception_all": ("全部渠道", "All channels"),
    "interception_formula": (
        (
            "拦截率 = 已拦下 ÷ 未发货退款。时长都从买家申请（平台时间）算起：听到 = 接入中台；拦下 = 货确定不会到买家；"
            "答复 = 第一次答复；告知 = 平台收到答复。P95：95% 的售后单不超过它。订单已关闭的不计时长。"
        ),
        (
            "Rate = caught ÷ refunds before shipping. Times count from when the buyer asked, by the channel's clock: "
            "heard, accepted here; stopped, the goods are sure not to arrive; answered, first answer; told, the "
            "channel took it. P95: 95 % of cases took no longer. Orders closed before have no times."
        ),
    ),
    "interception_rate": ("拦截率", "Rate"),
    "interception_gates": ("在哪一步拦下", "Where it stood"),
    "interception_times": ("时长（时:分:秒）", "Times (h:mm:ss)"),
    "interception_step": ("环节", "Step"),
    "interception_hear": ("听到", "Heard"),
    "interception_stop": ("拦下", "Stopped"),
    "interception_answer": ("答复", "Answered"),
    "interception_tell": ("告知平台", "Channel told"),
    "interception_count": ("单数", "Cases"),
    "interception_median": ("中位", "Median"),
    "interception_p95": ("P95", "P95"),
    "interception_longest": ("最长", "Longest"),
    "interception_channels": ("各渠道（中位 / P95 / 最长）", "By channel (median / P95 / longest)"),
    "interception_none": ("这段时间没有未发货退款", "No refund before shipping in this period"),
    "interception_list": ("要处理的包裹", "Parcels to look after"),
    "interception_leaked_none": ("没有漏拦：没有一单既退款又发货", "No leak: no order was both refunded and shipped"),
    "interception_late_none": ("没有申请前已发出的订单", "Nothing had left before it was asked for"),
    "interception_refund_no": ("售后单号", "Case"),
    "interception_order_no": ("订单号", "Order"),
    "interception_gate": ("听到时", "Stood at"),
    "interception_asked": ("申请", "Asked"),
    "interception_stop_it": ("快递已截回", "Carrier stopped it"),
    "interception_stopped_by": ("{who} 截回", "stopped by {who}"),
    "interception_stopped": ("已记下：包裹截回，可以同意退款", "Noted: the parcel is stopped, the refund may be paid"),
    "interception_refusals": ("货已发出时自动拒绝", "Refuse by rule what has left"),
    "interception_refusals_hint": (
        "打开后，申请时货已发出的仅退款自动答复“商品已发出，请拒收或收货后申请退货”；不打开或答复不成，立即给客服建待办。",
        (
            "Switched on, a refund before shipping whose goods had left is refused as shipped; else customer service "
            "gets a task at once."
        ),
    ),
    "interception_on": ("已打开", "On"),
    "interception_off": ("未打开", "Off"),
    "interception_switch_on": ("打开", "Switch on"),
    "interception_switch_off": ("关闭", "Switch off"),
    "interception_cannot": ("平台不开放接口拒绝，一律给客服建待办", "No API for a refusal: always a task"),
    "interception_code": ("平台的拒绝原因编号", "The channel's number of the reason"),
    "interception_download": ("下载 CSV", "Download CSV"),
    "interception_exported": ("{who} 于 {when} 导出", "exported by {who} at {when}"),
    "refused_goods_left": (
        "货已经发出：请按“已发货”拒绝，或先让快递截回包裹",
        "the goods have left: refuse it as shipped, or have the carrier stop the parcel first",
    ),
    "refused_nothing_to_stop": ("货还没有发出，不用截回", "none of its goods are on their way"),
    "problem_cannot_refuse": (
        "这个平台不开放接口拒绝，请到平台后台处理",
        "This channel takes a refusal in its back office only",
    ),
    "problem_no_such_channel": ("没有这个渠道", "There is no such channel"),
}
