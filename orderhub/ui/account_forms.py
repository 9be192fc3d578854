"""Which changes of accounts never pass through an event? Passwords, codes, keys: native forms, answers shown once."""

import hmac
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access import accounts, passwords, sessions
from orderhub.access.acting import acting
from orderhub.access.api_keys import make_key
from orderhub.access.giving import check_gives_role, giver_of, within_reach
from orderhub.access.permissions import Permission
from orderhub.access.roles import known_permissions
from orderhub.access.sessions import Signed
from orderhub.access.users import create_user
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput
from orderhub.ui import plain
from orderhub.ui.login_text import TEXTS
from orderhub.ui.numbers import number_of
from orderhub.ui.signed_door import signed_door

_KEY_LIFE = timedelta(days=365)


async def change_password(request: Request, user: Signed) -> Response:
    form = await plain.fields(request, "old", "new", "again")
    if not hmac.compare_digest(form["new"].encode(), form["again"].encode()):
        raise BadInput("the two passwords differ", field="again", problem="passwords_differ")
    await run_in_threadpool(accounts.change_own_password, user, form["old"], form["new"], now=utc_now())
    answer = plain.go("/login?said=password_changed")
    answer.delete_cookie(sessions.cookie_name(), path="/", secure=plain.is_https(), httponly=True, samesite="lax")
    return answer


async def renew_codes(request: Request, user: Signed) -> Response:
    def renew() -> list[str]:
        with acting(user, Permission.OWN_ACCOUNT) as session:
            return accounts.renew_recovery_codes(session, user, now=utc_now())

    codes = await run_in_threadpool(renew)
    text = _text(request)
    return _shown_once(request, text["codes_title"], text["codes_hint"], codes, back="/account")


async def make_api_key(request: Request, user: Signed) -> Response:
    chosen, ticked = await plain.listed(request, "shops"), await plain.listed(request, "rights")
    form = await plain.fields(request, "name")
    rights = known_permissions(ticked)

    def make() -> str:
        with acting(user, Permission.USER_ADMIN) as session:
            shops = {number_of(one) for one in chosen} or None
            return make_key(session, user, form["name"], rights, shops=shops, good_for=_KEY_LIFE, now=utc_now())

    key = await run_in_threadpool(make)
    text = _text(request)
    hint = f"{text['key_hint']} Authorization: Bearer …"
    return _shown_once(request, text["key_title"], hint, [key], back="/account")


async def make_user(request: Request, user: Signed) -> Response:
    form = await plain.fields(request, "account", "display_name", "role")
    password = passwords.new_password()

    def make() -> str:
        with acting(user, Permission.USER_ADMIN) as session:
            check_gives_role(session, user, form["role"])
            made = create_user(
                session,
                form["account"],
                password,
                form["role"],
                display_name=form["display_name"],
                sight=giver_of(session, user).sight,
                by=user.name,
                now=utc_now(),
            )
            return made.name

    return _initial(request, await run_in_threadpool(make), password)


async def reset_password(request: Request, user: Signed) -> Response:
    form = await plain.fields(request, "user_id")
    password = passwords.new_password()

    def reset() -> str:
        with acting(user, Permission.USER_ADMIN) as session:
            found = within_reach(session, user, number_of(form["user_id"]))
            accounts.set_password(session, found, password, by=user.name, now=utc_now())
            return found.name

    return _initial(request, await run_in_threadpool(reset), password)


def _initial(request: Request, name: str, password: str) -> Response:
    text = _text(request)
    return _shown_once(
        request, text["initial_title"].format(name=name), text["initial_hint"], [password], back="/users"
    )


def _shown_once(request: Request, title: str, hint: str, lines: list[str], *, back: str) -> Response:
    return plain.page(request, "shown_once.html", title=title, hint=hint, lines=lines, back=back)


def _text(request: Request) -> dict[str, str]:
    return TEXTS["en" if request.cookies.get("oh_lang") == "en" else "zh"]


routes: list[Route] = [
    signed_door(change_password, "/account/password", Permission.OWN_ACCOUNT, page="/account"),
    signed_door(renew_codes, "/account/codes", Permission.OWN_ACCOUNT, page="/account"),
    signed_door(make_api_key, "/account/keys", Permission.USER_ADMIN, page="/account"),
    signed_door(make_user, "/users/new", Permission.USER_ADMIN, page="/users"),
    signed_door(reset_password, "/users/password", Permission.USER_ADMIN, page="/users"),
]
