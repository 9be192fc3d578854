"""Does what stands in ``deploy/`` fit the hub and itself? No container runs here: names are held against each other."""

import base64
import hashlib
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from orderhub.api.health import router
from orderhub.intake.broker_topology import Layout
from orderhub.kernel.settings import Settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "orderhub:local"}
FIELDS = {f"ORDERHUB_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture(scope="module")
def making() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_secrets", DEPLOY / "make_secrets.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_setting_that_is_named_is_one():
    for path in (path for path in DEPLOY.iterdir() if path.is_file()):
        named = set(re.findall(r"\bORDERHUB_[A-Z_]+\b", path.read_text()))
        assert named <= FIELDS, path.name
    for service in OURS.values():
        Settings(**{name.removeprefix("ORDERHUB_").lower(): value for name, value in service["environment"].items()
                    if not value.startswith(("[", "https://$"))})  # fmt: skip


def test_no_secret_stands_in_an_environment():
    for name, service in SERVICES.items():
        secret = [key for key in service.get("environment", {}) if re.search("PASSWORD|SECRET|TOKEN|_KEY|_URL", key)]
        assert [key for key in secret if not key.endswith("_FILE") and key != "ORDERHUB_PUBLIC_URL"] == [], name


def test_every_part_that_is_named_is_there(making: ModuleType):
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", ())) <= SERVICES.keys(), name
        assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys(), name
        sources = {volume.split(":")[0] for volume in service.get("volumes", ())}
        assert {one for one in sources if not one.startswith("./")} <= COMPOSE["volumes"].keys(), name
        assert all((DEPLOY / one).exists() for one in sources if one.startswith("./")), name
    assert making.made().keys() == COMPOSE["secrets"].keys()
    assert {secret.upper() for secret in COMPOSE["secrets"] if secret.startswith("orderhub_")} <= FIELDS


def test_whoever_waits_for_health_waits_for_somebody_who_tells():
    for service in SERVICES.values():
        waits = service.get("depends_on", {})
        for name, how in waits.items() if isinstance(waits, dict) else ():
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[name]


def test_the_proxy_knows_the_web_processes_and_is_believed():
    caddy = (DEPLOY / "Caddyfile").read_text()
    web = {name for name, service in OURS.items() if "command" not in service}
    assert set(re.findall(r"\b([\w-]+):3000\b", caddy)) == web
    assert "lb_policy cookie" in caddy
    (asked,) = re.findall(r"health_uri (\S+)", caddy)
    assert asked in {route.path for route in router.routes}
    address = SERVICES["caddy"]["networks"]["inside"]["ipv4_address"]
    assert json.loads(OURS["web-1"]["environment"]["ORDERHUB_TRUSTED_PROXIES"]) == [address]


def test_the_secrets_agree_with_each_other(making: ModuleType):
    made = making.made()
    broker = made["orderhub_amqp_url"]
    (user,) = json.loads(made["rabbitmq_definitions"])["users"]
    kept = base64.b64decode(user["password_hash"])
    password = re.findall(r"://orderhub:(\w+)@rabbitmq:5672/orderhub$", broker)[0]
    assert kept[4:] == hashlib.sha256(kept[:4] + password.encode()).digest()
    assert f":{made['postgres_password']}@postgres:" in made["orderhub_database_url"]
    assert len(base64.b64decode(made["orderhub_secret_key"])) == 32
    assert Layout(broker, "orderhub", 8).exchange == "orderhub.inbox"


def test_a_setting_is_read_from_a_file_of_its_name(tmp_path: Path):
    (tmp_path / "orderhub_amqp_url").write_text("amqp://a:b@c/d\n")
    read = Settings(_secrets_dir=tmp_path)  # pyright: ignore[reportCallIssue]
    assert read.amqp_url.get_secret_value() == "amqp://a:b@c/d"
