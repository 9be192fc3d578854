"""What does the page of roles show, as the browser gets it?"""

from dataclasses import dataclass, field

from sqlmodel import Session

from orderhub.access.permissions import Permission, Role
from orderhub.access.role_editing import holders, mark_of
from orderhub.access.roles import Known, Rights, known_fields, known_permissions, role_sets
from orderhub.access.sessions import Signed
from orderhub.access.standing import standings
from orderhub.kernel.errors import BadInput
from orderhub.ui.board_rows import exact
from orderhub.ui.permission_text import FAR_REACHING, NAMES

PATH = "/users/roles"


@dataclass
class RoleChoice:
    """``name`` is empty for a shipped role."""

    code: str
    name: str
    holders: str
    is_shipped: bool
    is_edited: bool
    href: str


@dataclass
class RoleView:
    """``held`` and ``mine`` are words of permissions and fields: what the role has, and what the reader may give."""

    code: str = ""
    name: str = ""
    job: str = ""
    is_shipped: bool = False
    is_edited: bool = False
    is_fixed: bool = False
    mark: str = ""
    changed_at: str = ""
    changed_by: str = ""
    held: list[str] = field(default_factory=list)
    mine: list[str] = field(default_factory=list)
    holders: list[str] = field(default_factory=list)


@dataclass
class RolePage:
    choices: list[RoleChoice] = field(default_factory=list)
    role: RoleView = field(default_factory=RoleView)


@dataclass
class DiffView:
    """What saving would change, in the reader's language; empty until it is asked for."""

    words: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    far: str = ""
    felt: str = ""


def role_page(session: Session, me: Signed, code: str) -> RolePage:
    """With the role of ``code``, or the first."""
    known = role_sets(session)
    people = [one.user for one in standings(session)]
    counts = {code: sum(user.role_code == code for user in people) for code in known}
    chosen = known.get(code) or known[str(Role.MANAGER)]
    return RolePage([_choice(one, counts[one.code]) for one in known.values()], _role(session, chosen, me))


def diff_view(lang: str, known: Known, wanted: Rights, felt_by: int) -> DiffView:
    added, taken = wanted.without(known.rights), known.rights.without(wanted)
    far = sorted(_names(lang, Rights(added.permissions & FAR_REACHING, frozenset())))
    return DiffView(
        words=words_of(wanted),
        added=_names(lang, added),
        taken=_names(lang, taken),
        far=("、" if lang == "zh" else ", ").join(far),
        felt=str(felt_by),
    )


def typed_rights(form: dict[str, str]) -> Rights:
    """What the form has ticked. Raises: BadInput: a word that is none of ours."""
    words = {name.removeprefix("right-") for name in form if name.startswith("right-")}
    if unknown := words - NAMES.keys():
        raise BadInput(f"right: there is no {min(unknown)[:64]!r}", field="right", problem="no_such_role")
    return Rights(known_permissions(words) | {Permission.OWN_ACCOUNT}, known_fields(words))


def words_of(rights: Rights) -> list[str]:
    return sorted(map(str, (*rights.permissions, *rights.fields)))


def _choice(one: Known, count: int) -> RoleChoice:
    return RoleChoice(
        code=one.code,
        name=one.name,
        holders=str(count),
        is_shipped=one.is_shipped,
        is_edited=one.is_shipped and one.row is not None,
        href=f"{PATH}?role={one.code}",
    )


def _role(session: Session, one: Known, me: Signed) -> RoleView:
    return RoleView(
        code=one.code,
        name=one.name,
        job=str(one.job),
        is_shipped=one.is_shipped,
        is_edited=one.is_shipped and one.row is not None,
        is_fixed=one.code == Role.ADMIN,
        mark=mark_of(one),
        changed_at=exact(one.row.updated_at) if one.row else "",
        changed_by=one.row.updated_by if one.row else "",
        held=words_of(one.rights),
        mine=words_of(Rights(me.permissions, me.sight.fields)),
        holders=[user.display_name or user.name for user in holders(session, one.code)],
    )


def _names(lang: str, rights: Rights) -> list[str]:
    return [NAMES[word][lang == "en"] for word in words_of(rights)]
