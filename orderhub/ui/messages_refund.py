"""Which sentences say why a case cannot be answered so? Key → (Chinese, English)."""

REFUND_MESSAGES: dict[str, tuple[str, str]] = {
    "refused_case_ended": ("售后单已结束，无需再答复", "the case has ended: nothing is left to answer"),
    "refused_not_the_turn": (
        "售后单现在的状态不能这样答复，请刷新后再看",
        "this answer does not fit the case as it stands: look at it again",
    ),
    "refused_answered_already": (
        "已有答复在途或已送达，等平台更新后再看",
        "it is answered already: wait until its channel has moved it",
    ),
    "refused_more_than_left": (
        "退款超过订单余下的实付，先核对其他售后单",
        "more than the order has left to go back: check its other cases",
    ),
    "refused_deadline_past": (
        "平台时限已过，平台多半已自动处理；仍要发出请确认",
        "past the channel's deadline, which mostly decides alone then: confirm to send all the same",
    ),
    "problem_refusal_words": (
        "请写明拒绝理由（2–200 字，买家可见）",
        "Say why, in 2 to 200 characters; the buyer reads it",
    ),
    "problem_refusal_reason": ("请选平台的拒绝原因", "Choose one of the channel's reasons"),
    "problem_reason_without_refusal": ("只有拒绝才填原因和凭证", "Only a refusal has a reason and a picture"),
    "problem_unknown_reason": ("平台没有这个拒绝原因，请换一个", "The channel has no such reason: choose another one"),
    "problem_takes_no_picture": (
        "这个平台的凭证请到平台后台上传",
        "This channel takes pictures in its back office only",
    ),
    "problem_picture_address": ("凭证要 https 开头的图片地址", "A picture is an address that begins with https"),
    "problem_return_address": ("请选平台上的退货地址", "Choose one of the channel's return addresses"),
    "problem_not_what_was_asked": ("平台按申请金额退，不能改", "The channel pays what was asked for, no other amount"),
    "problem_refund_amount": ("退款金额要大于 0", "The amount has to be more than 0"),
}
