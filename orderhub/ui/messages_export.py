"""Which words does the file of orders use? Key → (Chinese, English)."""

EXPORT_MESSAGES: dict[str, tuple[str, str]] = {
    "orders_download": ("导出", "Export"),
    "channel_no": ("平台单号", "Channel no."),
    "shipped_at": ("发货时间", "Shipped"),
    "pieces": ("件数", "Pieces"),
    "phone_tail": ("手机尾号", "Phone ends in"),
    "tags": ("标签", "Tags"),
    "problem_export_too_many": (
        "超过 50,000 单，请先缩小筛选范围再导出",
        "More than 50,000 orders: narrow the list down, then export",
    ),
}
