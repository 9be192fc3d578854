"""Which pages are there? One module each, so that a browser loads only what a page needs."""

import reflex as rx

from orderhub.ui.pages import (
    account,
    allocation,
    anomaly,
    board,
    importing,
    ledger,
    mapping,
    outbox,
    rollout,
    rule,
    stock,
    system,
    user,
    workbench,
)

PAGES = (
    workbench,
    board,
    importing,
    stock,
    outbox,
    anomaly,
    ledger,
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
