"""How long do 500 waybills take from a carrier that loses answers, and 500 labels from the hub?"""

import time
from collections.abc import Iterator
from datetime import timedelta

from orderhub.automation.carrier_keyring import forget_carrier_lines
from orderhub.automation.printing import print_labels
from orderhub.insights.paper.label import labels_pdf
from orderhub.insights.waybill import waybill_progress
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, reading, transaction
from orderhub.lab.app import create_lab
from orderhub.lab.faults import Fault
from tests.flows.hub import Hub, served
from tests.flows.shipping import work
from tests.flows.waybills import allocated, connect_sf, want, waybills

from .measuring import Figure

DELIVERIES = 500
LABELS_SECONDS = 30.0
_FAULTS = ("answer_lost", "server_error", "truncated_json", "service_error")
_OFTEN = 0.05


def run(_: Database) -> Iterator[Figure]:
    lab = create_lab(living=False)
    with served(lab) as url:
        hub, sf = Hub(lab, url, "dy-flagship"), lab.state.sf
        connect_sf(url)
        numbers = hub.orders_come(DELIVERIES)
        hub.sync()
        ids = allocated(numbers)
        for name in _FAULTS:
            lab.state.world.faults.set(Fault(name, shop="sf", probability=_OFTEN))
        began = time.perf_counter()
        want(ids)
        yield Figure(f"{DELIVERIES} waybills: wanted, in one transaction", time.perf_counter() - began, "s")
        for hours in range(0, 24, 2):
            work(later=timedelta(hours=hours))
        yield Figure(f"{DELIVERIES} waybills: made, a fifth of the calls in trouble", time.perf_counter() - began, "s")
        with reading() as session:
            made = waybill_progress(session, ids).made
        yield Figure("waybills that are missing", DELIVERIES - made, "", limit=0.1)
        twice = len(sf.waybills) - len({one.tracking_no for one in waybills()})
        yield Figure("waybills that were paid for twice", abs(twice), "", limit=0.1)
        began = time.perf_counter()
        with transaction() as session:
            labels = print_labels(session, ids, by="ceshi-w", now=utc_now())
        labels_pdf(labels)
        yield Figure(f"{DELIVERIES} labels as one PDF", time.perf_counter() - began, "s", limit=LABELS_SECONDS)
    forget_connectors()
    forget_carrier_lines()
