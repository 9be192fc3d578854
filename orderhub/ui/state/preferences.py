"""In which language does this browser read?"""

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.gate import needs

_YEAR_SECONDS = 365 * 24 * 3600


class Preferences(rx.State):
    """The cookie is the login pages' own: one switch for both."""

    lang: str = rx.Cookie("zh", name="oh_lang", max_age=_YEAR_SECONDS, same_site="lax")

    @rx.event
    @needs(Permission.OWN_ACCOUNT)
    def switch_language(self) -> None:
        self.lang = "zh" if self.lang == "en" else "en"
