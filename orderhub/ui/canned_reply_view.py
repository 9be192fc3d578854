"""What does the page of canned replies show, as the browser gets it?"""

from dataclasses import dataclass

from sqlmodel import Session

from orderhub.domain.canned_reply import replies
from orderhub.kernel.clock import shanghai_text
from orderhub.ui.service_view import PATH as SERVICE_PATH

PATH = f"{SERVICE_PATH}/replies"


@dataclass
class ReplyView:
    """``kind`` is empty where it fits every ticket."""

    id: str
    kind: str
    title: str
    text: str
    by: str
    at: str
    is_retired: bool


def reply_views(session: Session) -> list[ReplyView]:
    """Those offered first, by title."""
    return [
        ReplyView(
            id=str(one.id),
            kind=one.kind or "",
            title=one.title,
            text=one.text,
            by=one.changed_by,
            at=shanghai_text(one.changed_at, "%Y-%m-%d %H:%M"),
            is_retired=one.is_retired,
        )
        for one in replies(session, with_retired=True)
    ]
