"""Which tables does access keep? One import for all of them."""

import orderhub.access.api_keys
import orderhub.access.first_start
import orderhub.access.oidc
import orderhub.access.permission_use
import orderhub.access.recovery
import orderhub.access.roles
import orderhub.access.sessions
import orderhub.access.sign_in
import orderhub.access.throttle
import orderhub.access.totp_rule
import orderhub.access.users  # noqa: F401
