"""What are the jobs of the timetable called?"""

Pair = tuple[str, str]

JOBS: dict[str, Pair] = {
    "sync": ("拉取各店铺", "Pull every shop"),
    "check_completeness": ("核单:有没有漏单", "Count every hour again"),
    "watch_rollout": ("灰度观察", "Watch the rollout"),
    "look_back": ("回看近一天", "Look back a day"),
    "renew_tokens": ("续期店铺授权", "Renew authorisations"),
    "find_syncs_behind": ("检查同步滞后", "Find syncs behind"),
    "find_late_orders": ("检查发货超时", "Find late orders"),
    "find_silent_parcels": ("检查包裹物流停滞", "Find silent parcels"),
    "ask_tracks": ("查询未推送的物流", "Ask after parcels nobody told of"),
    "check_payments": ("查询未到的收款", "Ask for payments not told"),
    "check_repayments": ("查询退款进度", "Ask how repayments go"),
    "find_payments_without_order": ("检查有收款无订单", "Find payments without an order"),
    "upload_shipping": ("上传发货信息", "Tell channels of shipments"),
    "finish_reruns": ("续跑中断的补跑", "Finish reruns cut off"),
    "release_holds": ("到时放行挂起", "End holds that are due"),
    "look_after_stock": ("库存巡检", "Look after the stock"),
    "compare_stock": ("渠道库存抽查", "Compare channel stock"),
    "allocate_stuck": ("重试配货", "Allocate again what could not be"),
    "pull_bills": ("拉取交易账单", "Pull trade bills"),
    "match_statements": ("重新核对差异", "Match open differences again"),
    "prune_inbox": ("清理已处理消息", "Prune the inbox"),
    "forget_keys": ("清理幂等键", "Forget idempotency keys"),
    "forget_automation": ("清理回传与流程记录", "Forget old uploads and workflow runs"),
    "forget_files": ("清理上传的文件", "Forget uploaded files"),
    "forget_sign_ins": ("清理过期登录", "Forget old sign-ins"),
    "forget_old_runs": ("清理运行记录", "Forget old runs"),
}
