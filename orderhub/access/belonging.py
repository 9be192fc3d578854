"""Which shop do people's accounts belong to? None: who may look at them is said by permission alone."""

from orderhub.kernel.owned import everybodys, everybodys_subjects

everybodys("people and their keys, asked for by permission", "users", "user_session", "api_key", "recovery_code")
everybodys("people on their way in", "pending_sign_in", "setup_code", "sign_in_tries")
everybodys_subjects("people and their keys, asked for by permission", "user", "api_key")
