"""Which sentences say what goes out for a case, and why it cannot? Key → (Chinese, English)."""

REPLACEMENT_MESSAGES: dict[str, tuple[str, str]] = {
    "replacement_open": ("安排发货", "Send goods"),
    "replacement_promise": ("安排发出", "Send these"),
    "replacement_take_back": ("撤回", "Take back"),
    "replacement_promised_done": (
        "已安排，仓库可以打单装箱；缺货的到货后自动安排",
        "Promised: what is there can be packed",
    ),
    "replacement_taken_back_done": ("已撤回，库存已释放", "Taken back, the goods are free again"),
    "replacement_waits": ("等货：{skus}，到货后自动安排", "Waits for {skus}; planned by itself once it is there"),
    "replacement_sent_first": ("先发后收：{why}", "Sent before the old goods came back: {why}"),
    "replacement_by": ("{by} 于 {at} 安排", "Promised by {by}, {at}"),
    "replacement_because": (
        "旧货还没验收；要先发请写原因（2–200 字）",
        "The old goods are not inspected; say why it is sent first, in 2 to 200 characters",
    ),
    "replacement_by_hand": (
        "平台不会自动知道这个包裹：发出后会有待办，请到平台后台填运单。",
        "The channel does not hear of this parcel: a task asks for it to be typed in the channel's back office.",
    ),
    "replacement_nothing": ("没有要发的商品，请在下面选", "Nothing is chosen: look for goods below"),
    "replacement_find": ("换别的商品：编码或名称", "Other goods: code or name"),
    "replacement_look": ("找", "Find"),
    "replacement_found": ("找到的商品", "Goods found"),
    "replacement_none_found": ("没有这样的商品", "There are no such goods"),
    "replacement_available": ("可用 {n}", "{n} available"),
    "replacement_count": ("{code} 的件数", "Pieces of {code}"),
    "replacement_drop": ("不发 {code}", "Do not send {code}"),
    "refused_case_over": ("售后单已撤销、拒绝或完结，不再发货", "the case is over or refused: nothing is sent for it"),
    "refused_line_refund_open": (
        "同一商品还有退款申请 {number}，先处理退款",
        "{number} asks money back for the same goods: answer it first",
    ),
    "refused_nothing_to_send": (
        "不是换货或补发，或商品对不上编码：请选要发的商品",
        "no exchange or resend, or its lines stand for no goods: choose what is to be sent",
    ),
    "refused_not_back_yet": (
        "旧货还没验收：等验收，或写明先发的原因",
        "the old goods are not inspected: wait, or say why it is sent first",
    ),
    "refused_promised_already": ("已经安排过了，要改请先撤回", "it is promised already: take it back first"),
    "refused_part_has_left": ("已有包裹发出，不能撤回", "a parcel has left: it cannot be taken back"),
    "problem_replacement_nothing": ("请选要发的商品", "Choose what is to be sent"),
    "problem_replacement_pieces": ("件数要 1–999", "Pieces are 1 to 999"),
    "problem_replacement_sku": ("选的商品已不在，请重新选", "One of the goods is no longer there: choose again"),
    "problem_send_first_reason": ("请写明先发的原因（2–200 字）", "Say why it is sent first, in 2 to 200 characters"),
}
