"""Which pages are there? One module each, so that a browser loads only what a page needs."""

import reflex as rx

from orderhub.ui.pages import (
    account,
    aftersale,
    allocation,
    anomaly,
    assignment,
    board,
    canned_reply,
    channel_stock,
    closure,
    finance,
    freight,
    importing,
    inspection,
    interception,
    ledger,
    mapping,
    notice,
    outbox,
    review,
    rollout,
    rule,
    service,
    service_times,
    settlement,
    stock,
    system,
    user,
    warehouse,
    workbench,
)

PAGES = (
    workbench,
    board,
    warehouse,
    inspection,
    review,
    importing,
    stock,
    channel_stock,
    outbox,
    aftersale,
    anomaly,
    assignment,
    closure,
    finance,
    service,
    canned_reply,
    service_times,
    interception,
    ledger,
    notice,
    settlement,
    freight,
    mapping,
    rule,
    rollout,
    allocation,
    system,
    user,
    account,
)


def register(app: rx.App) -> None:
    for page in PAGES:
        page.add(app)
