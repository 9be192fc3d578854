"""Which shop do people's accounts belong to? None: who may look at them is said by permission alone."""

from orderhub.access.reveal import Reveal
from orderhub.kernel.owned import among, everybodys, everybodys_subjects, own

own(Reveal, shops=among("shop_id"))

everybodys("people and their keys, asked for by permission", "users", "user_session", "api_key", "recovery_code")
everybodys("what a program was answered, read by its own key alone", "api_answer")
everybodys("people on their way in", "pending_sign_in", "setup_code", "sign_in_tries", "oidc_identity")
everybodys("what roles hold, asked for by permission", "role_set", "permission_use", "totp_rule", "reveal_quota")
everybodys("the past, by numbers of orders alone, asked for by permission", "access_log", "audit_block", "audit_run")
everybodys_subjects("people, their keys and roles, asked for by permission", "user", "api_key", "role", "role_set")
everybodys_subjects("what is said of all people at once", "access_review", "audit_run", "reveal_quota")
