"""Which sentences do tracks use? Key → (Chinese, English)."""

TRACK_MESSAGES: dict[str, tuple[str, str]] = {
    "tracks": ("物流", "Tracks"),
    "track_none": ("已发货，还没有揽收记录", "Shipped, not scanned yet"),
    "track_not_followed": ("平台回传的包裹，中台不跟踪", "Told by the channel: the hub does not follow it"),
    "track_scans_n": ("轨迹 {n} 条", "{n} scans"),
    "track_seen": ("最近 {at}", "Last {at}"),
    "track_copy_link": ("复制查询链接", "Copy tracking link"),
    "eta_today": ("预计今天送达", "Expected today"),
    "eta_day": ("预计 {first} 送达", "Expected {first}"),
    "eta_days": ("预计 {first} 至 {last} 送达", "Expected {first} to {last}"),
    "eta_late": ("比预计晚", "Later than expected"),
    "eta_unknown": ("暂无预计", "No expected day"),
    "eta_basis": ("依据近 90 天 {n} 个包裹", "From {n} parcels of 90 days"),
    "contact_title": ("买家查询页的客服", "Whom buyers ask"),
    "contact_hint": (
        "显示在买家的包裹查询页上；都不填时，请买家回下单的平台联系客服。",
        "Shown on the buyer's page of a parcel; when empty, buyers are sent back to where they bought.",
    ),
    "contact_name": ("称呼", "Name"),
    "contact_phone": ("客服电话", "Telephone"),
    "contact_words": ("服务时间或其他联系方式", "Hours, or another way to ask"),
    "problem_not_phone": (
        "电话只能有数字、空格和短横，可以 + 开头",
        "A telephone number has digits, spaces and hyphens, perhaps a + first",
    ),
}
