"""How does the app look, and what does every page load? One stylesheet and one small script of our own."""

from typing import Any

import reflex as rx


def app_options() -> dict[str, Any]:
    """For ``rx.App``: no toasts (they need eval), no connection banner but our own, nothing from another host."""
    return {
        "stylesheets": [
            "/app.css",
            "/studio.css",
            "/warehouse.css",
            "/finance.css",
            "/service.css",
            "/notice.css",
            "/anomaly.css",
            "/flow.css",
            "/desk.css",
            "/access.css",
            "/report.css",
        ],
        "html_lang": "zh-CN",
        "toaster": None,
        "app_wraps": {},
        "enable_state": True,
        "head_components": [
            rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
            rx.el.link(rel="manifest", href="/manifest.webmanifest"),
            rx.el.link(rel="apple-touch-icon", href="/apple-touch-icon.png"),
            rx.el.meta(name="color-scheme", content="light dark"),
            rx.el.meta(name="theme-color", content="#ffffff", media="(prefers-color-scheme: light)"),
            rx.el.meta(name="theme-color", content="#17181b", media="(prefers-color-scheme: dark)"),
            rx.el.meta(name="apple-mobile-web-app-title", content="OrderHub"),
            rx.el.script(src="/app.js", defer=True),
        ],
    }
