"""To whom may an anomaly or a task be handed? A role, or a person of it, with what each has in hand."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from orderhub.access.permissions import Role
from orderhub.access.users import find_user, list_users
from orderhub.kernel.errors import BadInput

_MOST_PEOPLE = 300


@dataclass
class Receiver:
    """``name`` is empty where a whole role is meant; ``load`` is empty there too."""

    value: str
    role: str
    name: str
    load: str


def receivers(session: Session, loads: Mapping[str, int]) -> list[Receiver]:
    """Each role, then its people, who has least in hand first."""
    people = [user for user in list_users(session) if user.is_active][:_MOST_PEOPLE]
    people.sort(key=lambda user: (loads.get(user.name, 0), user.name))
    found: list[Receiver] = []
    for role in Role:
        found.append(Receiver(f"role:{role}", role, "", ""))
        found += [
            Receiver(f"person:{user.name}", role, user.display_name or user.name, str(loads.get(user.name, 0)))
            for user in people
            if user.role is role
        ]
    return found


def receiver(session: Session, text: str) -> tuple[str, str]:
    """Role and person; the person is empty where a whole role is meant. Raises: BadInput."""
    kind, _, name = text.partition(":")
    if kind == "role" and name in list(Role):
        return name, ""
    user = find_user(session, name) if kind == "person" else None
    if user is None or not user.is_active:
        raise BadInput(f"to: {name[:32]!r} is nobody here", field="to", problem="desk_receiver")
    return str(user.role), user.name
