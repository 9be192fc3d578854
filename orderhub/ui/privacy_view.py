"""What does the page about people's data show?"""

from dataclasses import dataclass, field

from orderhub.access.reveal import quota_of
from orderhub.domain.retention import retention_of
from orderhub.insights.privacy import forgetting_runs, looks
from orderhub.insights.search import order_no_text
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.db import reading

PATH = "/studio/privacy"


@dataclass
class KeptView:
    channel: str = ""
    days: str = ""


@dataclass
class LookView:
    at: str = ""
    who: str = ""
    no: str = ""
    href: str = ""
    reason: str = ""
    words: str = ""


@dataclass
class RunView:
    at: str = ""
    orders: str = ""
    bodies: str = ""
    tickets: str = ""
    photos: str = ""


@dataclass
class PrivacyView:
    daily: str = ""
    kept: list[KeptView] = field(default_factory=list)
    runs: list[RunView] = field(default_factory=list)
    looks: list[LookView] = field(default_factory=list)


def load_privacy(who: str) -> PrivacyView:
    with reading() as session:
        return PrivacyView(
            daily=str(quota_of(session)),
            kept=[KeptView(channel, str(kept.days)) for channel, kept in retention_of(session).items()],
            runs=[
                RunView(shanghai_text(one.at), str(one.orders), str(one.bodies), str(one.tickets), str(one.photos))
                for one in forgetting_runs(session)
            ],
            looks=[
                LookView(
                    at=shanghai_text(one.at),
                    who=one.who,
                    no=order_no_text(one.order_id),
                    href=f"/orders?tab=all&order={one.order_id}",
                    reason=one.reason,
                    words=one.words,
                )
                for one in looks(session, who=who)
            ],
        )
