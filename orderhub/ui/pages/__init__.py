"""Which pages are there? One module each, so that a browser loads only what a page needs."""

import reflex as rx

from orderhub.ui.pages import (
    account,
    aftersale,
    allocation,
    anomaly,
    board,
    channel_stock,
    finance,
    importing,
    ledger,
    mapping,
    outbox,
    review,
    rollout,
    rule,
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
    review,
    importing,
    stock,
    channel_stock,
    outbox,
    aftersale,
    anomaly,
    finance,
    ledger,
    settlement,
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
