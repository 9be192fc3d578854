"""How is the access review taken away? Users as the page's address narrows them, then the keys that are good."""

from collections.abc import Iterator

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.permissions import Permission, Role
from orderhub.access.review import AccessExported, Holder, KeyHolder
from orderhub.access.sessions import Signed
from orderhub.intake.files.workbook import Cell
from orderhub.kernel.clock import utc_now
from orderhub.ui.access_review_view import PATH, good_keys, review_query, reviewed_holders
from orderhub.ui.account_view import named, shop_names, warehouse_names
from orderhub.ui.board_rows import exact
from orderhub.ui.download import Download, Given, asked_of, give
from orderhub.ui.permission_text import right_text
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import label_text, tr

_NAMES = (
    "review_kind",
    "account_name",
    "display_name",
    "role",
    "review_active",
    "see_shops",
    "see_warehouses",
    "second_factor",
    "review_signed_in",
    "review_used",
    "review_rights",
    "review_idle",
)


async def give_review(request: Request, user: Signed) -> Response:
    asked, query = asked_of(request, ("access",), default="access"), review_query(request.query_params)
    lang = asked.lang

    def rows(session: Session) -> Iterator[list[Cell]]:
        shops, warehouses, now = shop_names(session), warehouse_names(session), utc_now()
        for one in reviewed_holders(session, query, now):
            places = [_listed(lang, one.standing.user.shops, shops, "see_all_shops")]
            places.append(_listed(lang, one.standing.user.warehouses, warehouses, "see_all_warehouses"))
            idle = [right_text(lang, word) for word in one.idle(now)]
            yield [*_who(lang, one), *places, *_since(lang, one), " ".join(idle)]
        for key in good_keys(session, now):
            yield _key(lang, key, shops)

    made = Download("access-review", "access_review", _NAMES, rows, Permission.USER_ADMIN, _happened)
    return await give(made, asked, user)


def _who(lang: str, one: Holder) -> list[Cell]:
    user = one.standing.user
    role = one.standing.role_name or (label_text(lang, Role(user.role_code)) if user.role_code in list(Role) else "")
    state = tr(lang, "review_is_active" if user.is_active else "inactive")
    return [tr(lang, "review_kind_user"), user.name, user.display_name, role, state]


def _since(lang: str, one: Holder) -> list[Cell]:
    totp = tr(lang, "enrolled" if one.standing.user.has_totp else "not_enrolled")
    rights = " ".join(right_text(lang, word) for word in sorted(one.standing.rights.permissions))
    return [totp, exact(one.signed_in_at), exact(one.used_at), rights]


def _key(lang: str, one: KeyHolder, shops: dict[int, str]) -> list[Cell]:
    rights = " ".join(right_text(lang, word) for word in one.key.permissions)
    seen = _listed(lang, one.key.shops, shops, "see_all_shops")
    active, used = tr(lang, "review_is_active"), exact(one.key.last_used_at)
    return [
        tr(lang, "review_kind_key"),
        one.key.name,
        one.owner.user.name,
        "",
        active,
        seen,
        "",
        "",
        "",
        used,
        rights,
        "",
    ]


def _listed(lang: str, chosen: list | None, names: dict, all_of_them: str) -> str:
    return tr(lang, all_of_them) if chosen is None else " ".join(named(chosen, names))


def _happened(given: Given) -> AccessExported:
    return AccessExported(0, given.what, given.form, given.rows)


routes: list[Route] = [signed_door(give_review, f"{PATH}/download", Permission.USER_ADMIN, page=PATH, method="GET")]
