"""How do labels and pick lists reach a printer, and a carrier's keys the hub? By native forms."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation.carrier_keyring import CarrierDraft, check_carrier, connect_carrier, switch_carrier
from orderhub.automation.printing import MOST_LABELS, carrier_labels, print_labels
from orderhub.domain.drafts import Contact
from orderhub.domain.words import Carrier
from orderhub.insights.paper.label import labels_pdf
from orderhub.insights.paper.pick_sheet import pick_sheets_pdf
from orderhub.insights.pick_list import pick_lists
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, PartnerRefused, PartnerUnavailable
from orderhub.kernel.sight import FieldGroup, must_see
from orderhub.ui import plain
from orderhub.ui.numbers import number_of
from orderhub.ui.signed_door import signed_door

T = TypeVar("T")

PAGE, SYSTEM = "/warehouse", "/system"
_SENDER = ("name", "mobile", "province", "city", "county", "address")
_FIELDS = ("code", "carrier", "name", "customer_code", "check_word", "month_card", "warehouse_id", "express_type")


async def labels(request: Request, user: Signed) -> Response:
    """Counted before they are drawn: a label that nobody gets to see counts as printed all the same."""
    must_see(FieldGroup.RECEIVER)
    ids, reason = await _asked(request)

    def draw() -> bytes:
        with acting(user, Permission.ORDER_SHIP) as session:
            found = print_labels(session, ids, reason=reason, by=user.name, now=utc_now())
        return labels_pdf(found)

    return _pdf(await run_in_threadpool(draw), "labels")


async def labels_of_carrier(request: Request, user: Signed) -> Response:
    """As the carrier draws them: asked for first, so that only what came is counted."""
    must_see(FieldGroup.RECEIVER)
    ids, reason = await _asked(request)

    def fetch() -> bytes:
        file = carrier_labels(ids)
        with acting(user, Permission.ORDER_SHIP) as session:
            print_labels(session, ids, reason=reason, by=user.name, now=utc_now())
        return file

    return _pdf(await _from_partner(fetch), "labels")


async def pick_list(request: Request, user: Signed) -> Response:
    ids, _ = await _asked(request)

    def draw() -> bytes:
        with reading() as session:
            found = pick_lists(session, ids)
        return pick_sheets_pdf(found, printed_at=utc_now())

    return _pdf(await run_in_threadpool(draw), "pick-list")


async def save_carrier(request: Request, user: Signed) -> Response:
    form = await plain.fields(request, *_FIELDS, *(f"sender_{name}" for name in _SENDER))
    if form["carrier"] not in list(Carrier):
        raise BadInput("carrier: there is none of that name", field="carrier", problem="no_carrier")
    sender = {name: form[f"sender_{name}"] for name in _SENDER}
    draft = CarrierDraft(
        code=form["code"],
        carrier=Carrier(form["carrier"]),
        name=form["name"],
        customer_code=form["customer_code"],
        check_word=form["check_word"],
        month_card=form["month_card"],
        sender=Contact(**sender) if any(sender.values()) else None,
        warehouse_id=number_of(form["warehouse_id"]),
        express_type=number_of(form["express_type"]) or 1,
    )

    def save() -> str:
        with acting(user, Permission.CARRIER_CONNECT) as session:
            return connect_carrier(session, draft, by=user.name, now=utc_now()).code

    return plain.go(f"{SYSTEM}?done=carrier_saved&n={await run_in_threadpool(save)}")


async def try_carrier(request: Request, user: Signed) -> Response:
    code = (await plain.fields(request, "code"))["code"]
    await _from_partner(lambda: check_carrier(code))
    return plain.go(f"{SYSTEM}?done=carrier_tested&n={code}")


async def turn_carrier(request: Request, user: Signed) -> Response:
    form = await plain.fields(request, "code", "is_active")

    def turn() -> None:
        with acting(user, Permission.CARRIER_CONNECT) as session:
            switch_carrier(session, form["code"], is_active=form["is_active"] == "yes", by=user.name, now=utc_now())

    await run_in_threadpool(turn)
    return plain.go(f"{SYSTEM}?done=carrier_saved&n={form['code']}")


async def _asked(request: Request) -> tuple[Sequence[int], str]:
    """Ids of deliveries, by commas, and a reason."""
    async with request.form(max_files=0, max_fields=5) as form:
        ids, reason = str(form.get("ids", "")), str(form.get("reason", ""))
    numbers = [number_of(part) for part in ids.split(",") if part.strip()]
    if not 0 < len(numbers) <= MOST_LABELS:
        raise BadInput(f"ids: 1 to {MOST_LABELS} deliveries at once", field="ids", problem="label_count")
    return list(dict.fromkeys(numbers)), reason


async def _from_partner(ask: Callable[[], T]) -> T:
    try:
        return await run_in_threadpool(ask)
    except PartnerUnavailable as error:
        raise BadInput(str(error), field="carrier", problem="carrier_unreachable") from error
    except PartnerRefused as error:
        raise BadInput(str(error), field="carrier", problem="carrier_refused") from error


def _pdf(content: bytes, name: str) -> Response:
    headers = {"content-disposition": f'inline; filename="{name}.pdf"', "cache-control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


routes: list[Route] = [
    signed_door(labels, "/waybills/labels", Permission.ORDER_SHIP, page=PAGE),
    signed_door(labels_of_carrier, "/waybills/carrier-labels", Permission.ORDER_SHIP, page=PAGE),
    signed_door(pick_list, "/waybills/pick-list", Permission.ORDER_SHIP, page=PAGE),
    signed_door(save_carrier, "/carriers", Permission.CARRIER_CONNECT, page=SYSTEM),
    signed_door(try_carrier, "/carriers/test", Permission.CARRIER_CONNECT, page=SYSTEM),
    signed_door(turn_carrier, "/carriers/turn", Permission.CARRIER_CONNECT, page=SYSTEM),
]
