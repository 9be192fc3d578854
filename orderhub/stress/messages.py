"""What does one message look like on the wire? An order as a mini-program posts it, a push as Douyin signs it."""

import json
from dataclasses import dataclass
from datetime import timedelta

from orderhub.connectors.channels.douyin.signing import push_signs
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.money import yuan_text
from orderhub.lab.catalogue import CATALOGUE
from orderhub.lab.newborn import FREIGHTS
from orderhub.lab.people import Person
from orderhub.lab.pushes import ORDER_TAGS
from orderhub.stress.plan import Plan, Pushed

_BUYERS = 40_000
_PAID_WORD = 2  # 备货中


@dataclass(frozen=True)
class Message:
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class OwnOrder:
    """``total_fen`` and ``lines`` are what the hub has to hold of it."""

    number: str
    total_fen: int
    lines: int
    body: bytes


def prefix(plan: Plan) -> str:
    """How the number of every own order of this run begins."""
    return f"ST{plan.run}-"


def own_order(plan: Plan, place: int, *, is_paid: bool = True) -> OwnOrder:
    rng = plan.random_of(place, "order")
    person, number = Person(rng.randrange(_BUYERS)), f"{prefix(plan)}{place:06d}"
    basket = [(sku, rng.choice((1, 1, 1, 2, 3))) for sku in rng.sample(CATALOGUE, rng.choice((1, 1, 2, 2, 3)))]
    freight_fen = rng.choice(FREIGHTS)
    goods_fen = sum(sku.price_fen * pieces for sku, pieces in basket)
    placed_at = plan.started_at.astimezone(SHANGHAI)
    body = {
        "shop": plan.shop,
        "channel_order_no": number,
        "created_at": placed_at.isoformat(),
        "updated_at": (placed_at + timedelta(milliseconds=1)).isoformat(timespec="milliseconds"),
        "paid_at": placed_at.isoformat() if is_paid else None,
        "total": yuan_text(goods_fen + freight_fen),
        "freight": yuan_text(freight_fen),
        "buyer": {"token": person.token("stress", length=28), "name": person.name_masked},
        "receiver": {
            "token": person.token("stress-receiver", length=32),
            "name": person.name_masked,
            "phone": f"138****{person.phone_tail}",
            "region": f"{person.place.province} {person.place.city} {person.place.district}",
            "address": "****",
        },
        "lines": [
            {
                "line_no": str(line_no),
                "sku": sku.code,
                "title": sku.title,
                "spec": sku.spec,
                "quantity": pieces,
                "unit_price": yuan_text(sku.price_fen),
            }
            for line_no, (sku, pieces) in enumerate(basket, 1)
        ],
    }
    return OwnOrder(number, goods_fen + freight_fen, len(basket), _json(body))


def order_message(order: OwnOrder, key: str) -> Message:
    headers = (
        ("authorization", f"Bearer {key}"),
        ("idempotency-key", order.number),
        ("content-type", "application/json"),
    )
    return Message("/api/v1/orders", headers, order.body)


def push_message(plan: Plan, pushed: Pushed) -> Message:
    """A number of its own: the lab's own push of the same order is not taken for it."""
    keys = plan.lab_keys[pushed.shop]
    facts = {
        "p_id": int(pushed.number),
        "shop_id": int(keys.shop_no),
        "order_status": _PAID_WORD,
        "order_type": 0,
        "biz": 2,
        "update_time": pushed.at,
    }
    tag = ORDER_TAGS["paid"]
    message_no = f"{pushed.number}::{tag}:{pushed.at}:{plan.run}"
    raw = _json([{"tag": str(tag), "msg_id": message_no, "data": _json(facts).decode()}])
    sign, _ = push_signs(keys.app_key, keys.app_secret, raw)
    headers = (("app-id", keys.app_key), ("event-sign", sign), ("content-type", "application/json"))
    return Message(f"/api/push/douyin/{pushed.shop}", headers, raw)


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
