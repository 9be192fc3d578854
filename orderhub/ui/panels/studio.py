"""What joins the pages of the low-code studio: one bar of tabs above each of them."""

from dataclasses import dataclass

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.ui.components.controls import link, may
from orderhub.ui.text import t


@dataclass(frozen=True)
class StudioTab:
    """``path`` is empty while the page is not there; such a tab is not shown."""

    key: str
    path: str
    permission: Permission


MAPPING = StudioTab("studio_mapping", "/studio/mapping", Permission.MAPPING_READ)
RULES = StudioTab("studio_rules", "/studio/rules", Permission.RULE_READ)
FLOW = StudioTab("studio_flow", "/studio/flow", Permission.FLOW_READ)
ROLLOUT = StudioTab("studio_rollout", "/studio/rollout", Permission.SHOP_READ)
ALLOCATION = StudioTab("studio_allocation", "/studio/allocation", Permission.SKU_CHANGE)
TRACKS = StudioTab("studio_tracks", "/studio/tracks", Permission.RULE_READ)
ASSIGNMENT = StudioTab("studio_assignment", "/studio/assignment", Permission.RULE_READ)
ROBOTS = StudioTab("studio_robots", "/studio/robots", Permission.SYSTEM_READ)
WEBHOOKS = StudioTab("studio_webhooks", "/studio/webhooks", Permission.SYSTEM_READ)
PRIVACY = StudioTab("studio_privacy", "/studio/privacy", Permission.PRIVACY_READ)
STRESS = StudioTab("studio_stress", "/studio/stress", Permission.STRESS_READ)
PRESSURE = StudioTab("studio_pressure", "/studio/pressure", Permission.SYSTEM_READ)

TABS = (MAPPING, RULES, FLOW, ALLOCATION, ASSIGNMENT, ROLLOUT, TRACKS, ROBOTS, WEBHOOKS, PRIVACY, PRESSURE, STRESS)


def studio_tabs(here: StudioTab) -> rx.Component:
    return rx.el.nav(
        *[rx.cond(may(tab.permission), _tab(tab, here)) for tab in TABS if tab.path],
        class_name="seg",
        aria_label=t("studio"),
    )


def _tab(tab: StudioTab, here: StudioTab) -> rx.Component:
    attributes = {"aria-current": "page"} if tab is here else {}
    return link(t(tab.key), to=tab.path, custom_attrs=attributes)
