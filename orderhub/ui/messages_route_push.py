"""Which sentences does a carrier's push address use? Key → (Chinese, English)."""

ROUTE_PUSH_MESSAGES: dict[str, tuple[str, str]] = {
    "route_push_show": ("路由推送地址", "Push address"),
    "route_push_of": ("账号 {code} 的路由推送地址", "Push address of account {code}"),
    "route_push_hint": (
        "登记到丰桥控制台的「路由推送」。地址本身就是口令，请勿外传；没有推送的包裹仍会按间隔查询。",
        "Enter it as the route push in SF's console, and keep it to yourself: whoever knows it is believed.",
    ),
}
