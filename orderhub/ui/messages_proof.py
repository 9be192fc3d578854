"""What do the dialog of the second factor and the rules about it say?"""

PROOF_MESSAGES: dict[str, tuple[str, str]] = {
    "proof_title": ("再次验证", "Show that it is you"),
    "proof_code": ("动态码或恢复码", "Code or recovery code"),
    "proof_code_hint": (
        "这一步需要新的动态码，验证后自动继续。",
        "This needs a fresh code; it goes on by itself then.",
    ),
    "proof_password": ("您的密码", "Your password"),
    "proof_password_hint": (
        "这一步需要再次输入密码，验证后自动继续。",
        "This needs your password once more; it goes on by itself then.",
    ),
    "proof_go_on": ("验证并继续", "Go on"),
    "proof_cancel": ("取消", "Cancel"),
    "proof_form_again": ("已验证，请再填一次。", "That was you: please fill in the form again."),
    "end_logins": ("结束登录", "End logins"),
    "place_new": (
        "您的账号于 {at} 从新的设备或地址登录：{address} · {device}",
        "Your account signed in from a new device or address at {at}: {address} · {device}",
    ),
    "place_mine": ("是我本人", "That was me"),
    "place_not_mine": ("不是我，结束它", "Not me: end it"),
    "place_ended": (
        "已结束这次登录。请马上修改密码，并告诉管理员。",
        "That login is ended. Change your password now, and tell an administrator.",
    ),
    "totp_rules": ("两步验证", "Second factor"),
    "totp_rules_hint": (
        "关闭后，这个角色里还没有绑定验证器的人可以只用密码登录；已绑定的人始终要输入动态码。管理员不能关闭。",
        "Off: without an authenticator a password is enough; whoever has one is asked. Administrators always need it.",
    ),
    "totp_rules_off": ("系统设置已关闭两步验证。", "The installation's settings have turned the second factor off."),
    "refused_proof_needed": ("需要先再次验证", "show your second factor first"),
    "problem_wrong_code": ("动态码不对、已用过或已过时", "the code is wrong, used or too old"),
    "refused_administrators_prove": ("管理员必须有两步验证", "administrators always need a second factor"),
}
