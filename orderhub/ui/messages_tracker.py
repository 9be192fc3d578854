"""Which sentences do tracker accounts use? Key → (Chinese, English)."""

TRACKER_MESSAGES: dict[str, tuple[str, str]] = {
    "trackers": ("物流查询账号", "Tracker accounts"),
    "trackers_none": ("还没有物流查询账号", "No tracker account yet"),
    "trackers_hint": (
        "添加快递100账号后，发出的包裹会自动订阅物流推送；没有推送的包裹按间隔查询。",
        "With a Kuaidi100 account parcels that leave are subscribed to; those that nobody tells of are asked after.",
    ),
    "tracker_add": ("添加或修改账号", "Add or change an account"),
    "tracker_saved": ("已保存账号 {n}", "Account {n} is saved"),
    "tracker_kind": ("服务", "Service"),
    "tracker_code": ("代号（相同则修改）", "Code (one that stands is changed)"),
    "tracker_name": ("名称", "Name"),
    "tracker_customer": ("客户编号（customer）", "Customer number"),
    "tracker_key": ("授权密钥（key）", "Key"),
    "tracker_phone_tail": ("寄件人手机后四位", "Last 4 digits of the sender's phone"),
    "tracker_quota": ("每日查询上限（0 不限）", "Questions a day (0: no limit)"),
    "tracker_hours": ("多少小时无推送才查询", "Hours without a push before asking"),
    "tracker_calls": ("今日查询", "Asked today"),
    "tracker_after": ("无推送后查询", "Asked after"),
    "tracker_hours_short": ("{n} 小时", "{n} h"),
    "tracker_push_url": ("推送地址", "Push address"),
    "problem_tracker_incomplete": ("新账号要填授权密钥", "A new account needs its key"),
    "problem_phone_tail": ("手机后四位要填 4 个数字", "Give the last four digits of the phone"),
    "problem_tracker_number": ("请填规定范围内的整数", "Give a whole number within bounds"),
    "problem_tracker_hours": ("查询间隔可填 1–72 小时", "1 to 72 hours"),
}
