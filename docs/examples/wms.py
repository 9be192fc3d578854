"""A warehouse program beside OrderHub: it takes over what is to pack, tells what it counted, what has come and left.

Rights of its key: api:shipment:read, api:shipment:write, api:stock:write, api:purchase:read.

    python wms.py pull east                       what the warehouse "east" has to pack, as JSON lines
    python wms.py count east BOX-40L=120 A-18=7   what was counted on the shelf
    python wms.py receive HZ-01 PO20261124-12 RK-1 1=232,2,1,5   of line 1: good, wrong, missing, defective pieces
    python wms.py ship tb-flagship 9000000000000748670 zto ZT0000000000001 [line ...]
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx

hub = httpx.Client(
    base_url=os.environ.get("ORDERHUB_URL", "") + "/api/v1",
    headers={"Authorization": f"Bearer {os.environ.get('ORDERHUB_KEY', '')}"},
    timeout=30,
)


def pages(path: str, name: str, **params: Any) -> Iterator[dict[str, Any]]:
    """Every row of a list, page by page."""
    cursor = ""
    while True:
        page = call("GET", path, params=params | {"cursor": cursor, "limit": 200})
        yield from page[name]
        cursor = page["next_cursor"]
        if not cursor:
            return


def change(path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
    """``key`` is the same for every repeat of one change: however often it is sent, it happens once."""
    return call("POST", path, json=body, headers={"Idempotency-Key": key})


def call(method: str, path: str, **given: Any) -> dict[str, Any]:
    for turn in range(5):
        try:
            answer = hub.request(method, path, **given)
        except httpx.TransportError:
            time.sleep(2**turn)
            continue
        if answer.status_code in (429, 503):  # too often, or the hub is away: it says for how long
            time.sleep(int(answer.headers.get("Retry-After", "5")))
            continue
        if answer.is_error:  # our mistake, or a rule of the business: `code` is meant for programs
            problem = answer.json()
            raise SystemExit(f"{problem['code']} {problem['field']}: {problem['detail']}")
        return answer.json()
    raise SystemExit("the hub does not answer")


def pull(warehouse: str) -> None:
    for delivery in pages("/deliveries", "deliveries", warehouse=warehouse, status="planned"):
        print(json.dumps(delivery, ensure_ascii=False))


def count(warehouse: str, *counted: str) -> None:
    pieces = (one.rsplit("=", 1) for one in counted)
    counts = [{"sku": sku, "warehouse": warehouse, "pieces": int(number)} for sku, number in pieces]
    said = json.dumps([warehouse, *counted])
    changed = change(
        "/stock/counts", {"reason": "WMS 盘点", "counts": counts}, key=f"count {time.time_ns()} {said}"[:255]
    )
    for level in changed["levels"]:
        print(f"{level['sku']}: {level['on_hand']} on hand, {level['available']} available")


def receive(supplier: str, order_no: str, receipt_no: str, *counted: str) -> None:
    found = pages("/purchases", "purchases", supplier=supplier, order_no=order_no)
    order = next(found, None) or sys.exit(f"{supplier} has no order {order_no}")
    states = ("good", "wrong", "missing", "defective")
    lines = (one.split("=", 1) for one in counted)
    said = [
        {"line_no": int(no), **dict(zip(states, map(int, pieces.split(",")), strict=False))} for no, pieces in lines
    ]
    made = change(
        f"/purchases/{order['id']}/receipts",
        {"receipt_no": receipt_no, "counted": said},
        key=f"receipt {order['id']} {receipt_no}",
    )
    print(f"{made['receipt_no']}: {sum(one['good'] for one in made['counted'])} on the shelf")


def ship(shop: str, order_no: str, carrier: str, waybill: str, *lines: str) -> None:
    parcel = {"shop": shop, "channel_order_no": order_no, "carrier": carrier, "tracking_no": waybill, "lines": [*lines]}
    left = change("/shipments", parcel, key=f"parcel {waybill} {shop} {order_no}")
    print(f"{left['tracking_no']} has left for {left['channel_order_no']}")


if __name__ == "__main__":
    verb, *words = sys.argv[1:] or ["help"]
    {"pull": pull, "count": count, "receive": receive, "ship": ship}.get(verb, lambda *_: print(__doc__))(*words)
