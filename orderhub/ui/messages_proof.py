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
    "refused_proof_needed": ("需要先再次验证", "show your second factor first"),
    "problem_wrong_code": ("动态码不对、已用过或已过时", "the code is wrong, used or too old"),
    "refused_administrators_prove": ("管理员必须有两步验证", "administrators always need a second factor"),
}
