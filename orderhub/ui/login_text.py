"""What do the sign-in pages say, in Chinese and in English?

Apart from ``text.py``, so that these pages need nothing of the single-page app.
"""

_PAIRS: dict[str, tuple[str, str]] = {
    "sign_in": ("登录", "Sign in"),
    "sign_in_hint": ("用管理员给您的账号", "With the account your administrator gave you"),
    "account": ("账号", "Account"),
    "password": ("密码", "Password"),
    "stay": (
        "登录最长保持 {hours} 小时，{idle} 分钟不用也会结束",
        "A login lasts {hours} hours at most and ends after {idle} minutes unused",
    ),
    "forgotten": (
        "忘记密码请找管理员重置。连错 5 次后每次要等，时间逐次加倍，最长 15 分钟。",
        "Forgot it? Ask an administrator. After 5 wrong tries there is a wait that doubles, 15 minutes at most.",
    ),
    "headline": ("五个渠道，一张订单表", "Five channels, one table of orders"),
    "subline": (
        "从付款到签收，每一步有人负责，有时限，有原因。",
        "From payment to delivery every step has an owner, a deadline and a reason.",
    ),
    "own_server": ("自有服务器部署", "On your own server"),
    "review": ("审核配货", "Review"),
    "dispatch": ("发货轨迹", "Dispatch"),
    "aftersale": ("售后闭环", "After-sale"),
    "other_language": ("English", "中文"),
    "dark": ("深色", "Dark"),
    "light": ("浅色", "Light"),
    "code_title": ("两步验证", "Second step"),
    "code_hint": ("打开验证器应用，输入 6 位动态码。", "Enter the 6 digits your authenticator app shows."),
    "code": ("动态码", "Code"),
    "code_or_recovery": (
        "手机不在身边？在上面输入一个恢复码，每个只能用一次。",
        "Phone not at hand? Enter a recovery code instead; each works once.",
    ),
    "oidc": ("用 {name} 登录", "Sign in with {name}"),
    "said_oidc_refused": (
        "这次登录没有成功。请再试一次；仍不行请找管理员。",
        "That sign-in did not work. Try again, or ask an administrator.",
    ),
    "said_oidc_unavailable": (
        "统一登录暂时没有回应，请稍后再试。",
        "The identity provider does not answer: try again later.",
    ),
    "prove_title": ("再次验证", "Show that it is you"),
    "prove_code_hint": (
        "导出、密钥和权限需要新的动态码。打开验证器应用，输入 6 位动态码。",
        "Exports, secrets and rights need a fresh code: enter the 6 digits your authenticator app shows.",
    ),
    "prove_password_hint": (
        "导出、密钥和权限需要再次确认：请输入您的密码。",
        "Exports, secrets and rights need your password once more.",
    ),
    "proved_title": ("已验证", "Done"),
    "proved_hint": ("文件马上开始下载。", "Your file is on its way."),
    "proved_next": ("没有开始？点这里", "Nothing came? Ask again"),
    "continue": ("继续", "Continue"),
    "begin_again": ("换个账号", "Use another account"),
    "enrol_title": ("绑定验证器", "Set up your authenticator"),
    "enrol_hint": (
        "每个账号都要两步验证。用验证器应用扫描二维码，再输入它显示的 6 位码。",
        "Every account needs a second step. Scan the code with an authenticator app, then enter its 6 digits.",
    ),
    "qr_label": ("绑定用二维码", "QR code for the authenticator"),
    "seed_label": ("扫不了？手动输入这个密钥", "Cannot scan? Enter this key by hand"),
    "recovery_title": ("保存恢复码", "Keep your recovery codes"),
    "recovery_hint": (
        "手机丢失时，用这些码登录，每个只能用一次。现在抄下或打印，之后不再显示。",
        "If the phone is lost these let you in, each once. Write them down now; they are not shown again.",
    ),
    "recovery_kept": ("我已保存，进入系统", "I have kept them, go on"),
    "setup_title": ("首次设置", "First start"),
    "setup_hint": (
        "设置码在启动服务的控制台里，30 分钟内有效。这里建立第一个管理员。",
        "The set-up code is on the server's console, good for 30 minutes. This makes the first administrator.",
    ),
    "setup_code": ("设置码", "Set-up code"),
    "display_name": ("姓名（可不填）", "Name (may be empty)"),
    "again": ("再输一次密码", "Password again"),
    "password_rule": ("至少 {shortest} 个字符，不要常见词", "At least {shortest} characters, no common words"),
    "account_rule": ("2–32 位小写字母、数字或 . _ -", "2–32 of a–z, 0–9, . _ -"),
    "create_admin": ("建立管理员", "Make the administrator"),
    "away_title": ("暂时无法处理", "Not just now"),
    "away_hint": (
        "系统现在没有回应，这次什么都没有保存。请稍后再试；一直不行请联系管理员。",
        "The hub cannot answer now and has kept nothing. Try again in a moment, or tell your administrator.",
    ),
    "away_again": ("再试一次", "Try again"),
    "refused_title": ("请求被拒绝", "Refused"),
    "refused_hint": ("这个请求不是从本站页面发出的。", "This request did not come from a page of this site."),
    "problem_not_signed_in": (
        "账号或密码不对，或登录已过时，请再试一次。",
        "Account or password is wrong, or this sign-in is over. Try again.",
    ),
    "problem_wrong_code": (
        "动态码不对、已用过或已过时，请用新的一个。",
        "The code is wrong, used or too old. Use a new one.",
    ),
    "problem_wrong_password": ("密码不对。", "This is not your password."),
    "problem_not_allowed": (
        "设置码不对或已过时。重新启动服务会印出新的。",
        "The set-up code is wrong or too old. Start the hub again for a new one.",
    ),
    "problem_password_length": ("密码要有 12 到 128 个字符。", "A password has 12 to 128 characters."),
    "problem_password_common": (
        "这个密码太常见，别人最先会试它。",
        "This password is among the first anybody would try.",
    ),
    "problem_passwords_differ": ("两次输入的密码不同。", "The two passwords differ."),
    "problem_not_account_name": (
        "账号要 2–32 位小写字母、数字或 . _ -",
        "An account name has 2–32 of a–z, 0–9, . _ -",
    ),
    "problem_name_taken": ("这个账号已经有了。", "This account name is taken."),
    "problem_control_character": ("姓名里有不能用的字符。", "The name holds characters that cannot be used."),
    "problem_too_long": ("姓名太长。", "The name is too long."),
    "said_password_changed": ("密码已修改，请用新密码登录。", "Your password is changed: sign in with the new one."),
    "back": ("返回", "Back"),
    "shown_once": ("现在抄下或复制，离开这一页后不再显示。", "Copy it now: it is not shown again after this page."),
    "codes_title": ("新的恢复码", "New recovery codes"),
    "codes_hint": ("旧的恢复码已全部作废。", "All earlier codes are void."),
    "key_title": ("新的 API 密钥", "New API key"),
    "key_hint": ("程序在请求头里带上它：", "Programs send it in a header:"),
    "initial_title": ("{name} 的初始密码", "First password of {name}"),
    "initial_hint": (
        "当面交给本人；登录后请本人在“账户”页改掉。",
        "Hand it over in person; its owner changes it on the account page.",
    ),
    "wait_seconds": ("试得太多，请等 {seconds} 秒再试。", "Too many tries: wait {seconds} seconds."),
    "wait_minutes": ("试得太多，请等 {minutes} 分钟再试。", "Too many tries: wait {minutes} minutes."),
}

TEXTS: dict[str, dict[str, str]] = {
    "zh": {key: pair[0] for key, pair in _PAIRS.items()},
    "en": {key: pair[1] for key, pair in _PAIRS.items()},
}
