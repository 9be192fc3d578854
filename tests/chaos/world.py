"""What does a drill begin with? An empty hub with a shop, a key that may post, and goods that will not do for all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from orderhub.access.api_keys import make_key
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import create_user
from orderhub.domain.rules.versions import go_live, save_draft
from orderhub.domain.sku import put_sku
from orderhub.domain.stock import count
from orderhub.domain.words import Channel
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, transaction
from orderhub.lab.catalogue import CATALOGUE
from tests import builders
from tests.databases import with_tables
from tests.domain.rules.made import data, do
from tests.domain.rules.made import rules as read_rules
from tests.domain.stocked import EAST, warehouses

SHOP = "mp-own"
HOT = ("HOT-1", "HOT-2", "HOT-3")
PLENTY = "BOX-40L"
HOT_PIECES = 200


LAB_PARTS = {"A-18", "B-C1"}  # what the lab sells within bundles only


@dataclass(frozen=True)
class World:
    url: str
    bearer: str


def prepare(url: str) -> World:
    """The database is closed again: an embedded one belongs to the process that writes."""
    with_tables(url)
    now = utc_now()
    with transaction() as session:
        builders.shop(session, SHOP, Channel.MINIPROGRAM)
        every = warehouses(session, now - timedelta(days=1))
        labs = {one.code for one in CATALOGUE} | LAB_PARTS
        plenty = [code for code in (PLENTY, *labs) if not set(code) & set("&*")]
        for code, pieces in [
            *((code, 1_000_000) for code in dict.fromkeys(plenty)),
            *((hot, HOT_PIECES) for hot in HOT),
        ]:
            sku = put_sku(session, code, title=f"测试 {code}", by="tester", now=now)
            count(session, sku.id, every[EAST], pieces, reason="开仓", by="tester", now=now)
        _let_all_pass(session, now)
        user = create_user(session, "ceshi-admin", "kuaidi-zai-lushang-7", Role.ADMIN, now=now)
        owner = Signed(user.id, user.name, user.display_name, Role.ADMIN, ROLE_PERMISSIONS[Role.ADMIN], "mark")
        key = make_key(session, owner, "演练", (Permission.API_ORDER_WRITE,), good_for=timedelta(days=30), now=now)
    close_database()
    return World(url, key)


def _let_all_pass(session: Session, now: datetime) -> None:
    """Nobody is there to approve: a rule does, so that workflows have work."""
    rules = read_rules(data("R-001", [], do("approve")))
    draft = save_draft(session, rules, revision=0, by="tester", now=now)
    go_live(session, draft.number, by="tester", now=now, needs_approval=False)
