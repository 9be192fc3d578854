"""Make what the hub's processes and servers know each other by: files in ``deploy/secrets``, where there are none yet.

Run by any Python ≥ 3.11; standard library only. What is there is left alone, so that it may be repeated.
"""

import base64
import hashlib
import json
import secrets
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "secrets"
NAME = "orderhub"


def main() -> None:
    if FOLDER.exists() and any(FOLDER.iterdir()):
        print(f"{FOLDER} is there already: nothing made")
        return
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    for name, content in made().items():
        path = FOLDER / name
        path.write_text(content)
        path.chmod(0o644)  # each server reads it under a number of its own; the folder keeps others out
    print(f"{FOLDER}: keep a copy of orderhub_secret_key elsewhere; without it nothing sealed can be opened")


def made() -> dict[str, str]:
    postgres, rabbit = secrets.token_hex(24), secrets.token_hex(24)
    return {
        "orderhub_secret_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "orderhub_metrics_token": secrets.token_hex(24),
        "orderhub_database_url": f"postgresql+psycopg://{NAME}:{postgres}@postgres:5432/{NAME}",
        "orderhub_amqp_url": f"amqp://{NAME}:{rabbit}@rabbitmq:5672/{NAME}",
        "postgres_password": postgres,
        "rabbitmq_definitions": json.dumps(definitions(rabbit)),
    }


def definitions(password: str) -> dict[str, object]:
    """One user with one vhost; the password as RabbitMQ keeps it: salted SHA-256."""
    salt = secrets.token_bytes(4)
    kept = base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
    user = {"name": NAME, "password_hash": kept, "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": []}
    everything = dict.fromkeys(("configure", "write", "read"), ".*")
    return {
        "users": [user],
        "vhosts": [{"name": NAME}],
        "permissions": [{"user": NAME, "vhost": NAME} | everything],
    }


if __name__ == "__main__":
    main()
