"""How does a webhook's secret reach a person? Once, as the answer to a native form: it passes through no event."""

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation.webhook_keyring import WebhookDraft, connect_webhook, renew_secret, try_webhook
from orderhub.domain.webhook import WebhookKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput, PartnerError, PartnerRefused
from orderhub.ui import plain
from orderhub.ui.numbers import number_of
from orderhub.ui.signed_door import signed_door
from orderhub.ui.webhook_view import PATH
from orderhub.ui.words import tr

_CHANGE = Permission.WEBHOOK_CHANGE


async def save_webhook(request: Request, user: Signed) -> Response:
    ticked, chosen = await plain.listed(request, "kinds"), await plain.listed(request, "shops")
    form = await plain.fields(request, "id", "name", "url")
    kinds = [WebhookKind(one) for one in ticked if one in list(WebhookKind)]
    shops = {number_of(one) for one in chosen} or None
    draft = WebhookDraft(form["name"], form["url"], kinds, shops, id=number_of(form["id"]))

    def save() -> tuple[str, str]:
        with acting(user, _CHANGE) as session:
            hook, secret = connect_webhook(session, draft, by=user.name, now=utc_now())
            return hook.name, secret

    name, secret = await run_in_threadpool(save)
    return _shown_once(request, secret) if secret else _done("webhook_saved", name)


async def renew(request: Request, user: Signed) -> Response:
    webhook_id = number_of((await plain.fields(request, "id"))["id"])

    def make() -> str:
        with acting(user, _CHANGE) as session:
            return renew_secret(session, webhook_id, by=user.name, now=utc_now())

    return _shown_once(request, await run_in_threadpool(make))


async def send_test(request: Request, user: Signed) -> Response:
    webhook_id = number_of((await plain.fields(request, "id"))["id"])
    try:
        told = await run_in_threadpool(try_webhook, webhook_id, by=user.name)
    except PartnerRefused as error:
        raise BadInput(str(error), field="id", problem="webhook_refused") from error
    except PartnerError as error:
        raise BadInput(str(error), field="id", problem="webhook_unreachable") from error
    return _done("webhook_tested", f"{told.status} · {told.took_ms} ms")


def _shown_once(request: Request, secret: str) -> Response:
    lang = "en" if request.cookies.get("oh_lang") == "en" else "zh"
    title, hint = tr(lang, "webhook_secret_title"), tr(lang, "webhook_secret_hint")
    return plain.page(request, "shown_once.html", title=title, hint=hint, lines=[secret], back=PATH)


def _done(what: str, name: str) -> Response:
    return plain.go(f"{PATH}?{urlencode({'done': what, 'n': name})}")


routes: list[Route] = [
    signed_door(save_webhook, "/webhooks", _CHANGE, page=PATH),
    signed_door(renew, "/webhooks/secret", _CHANGE, page=PATH),
    signed_door(send_test, "/webhooks/test", _CHANGE, page=PATH),
]
