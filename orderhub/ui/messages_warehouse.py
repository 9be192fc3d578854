"""Which sentences do packing, merging and sending use? Key → (Chinese, English)."""

WAREHOUSE_MESSAGES: dict[str, tuple[str, str]] = {
    "refused_cannot_merge": (
        "不能合单：只能合并同一仓库、还没打单装箱的发货单",
        "cannot be merged: only deliveries of one warehouse without a waybill, not packed yet",
    ),
    "refused_no_waybill": ("还没有运单号，先取号", "no waybill yet: make one first"),
    "refused_nothing_to_pack": ("没有锁定的库存，先补货或换货", "no goods are reserved: restock or swap them first"),
    "refused_not_reserved": ("库存已变化，请重新配货", "its stock has changed: allocate it anew"),
}
