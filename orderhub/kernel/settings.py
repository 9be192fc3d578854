"""What did whoever installed this decide? Everything else is decided in the browser.

Every field is read from ``ORDERHUB_<FIELD>`` in the environment or in ``.env``, or else from a file of that name, in
small letters, in ``/run/secrets``, where Compose and Kubernetes lay a secret.
"""

from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_SECRETS = Path("/run/secrets")


class SmtpSecurity(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="ORDERHUB_",
        env_file=".env",
        extra="ignore",
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
    )

    database_url: str = Field(default="", description="SQLAlchemy URL. Empty: SQLite at `<data_dir>/orderhub.db`.")
    data_dir: Path = Field(
        default=Path("var"), description="Where the embedded database, its lock and the secret key live."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="32 bytes in base64 that seal secrets at rest. Empty: kept in `<data_dir>/secret.key`.",
    )
    former_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Keys from before, separated by commas, while what they sealed is sealed anew. "
        "Empty: kept in `<data_dir>/secret.key.former`.",
    )
    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(default=3000, description="Port of the pages and the API.")
    public_url: str = Field(
        default="",
        description="The address people type, e.g. `https://hub.example.com`. Empty: `http://localhost:<port>`.",
    )
    trusted_proxies: list[str] = Field(
        default=[], description="Proxy addresses whose `X-Forwarded-*` headers are believed, as JSON."
    )
    totp_required: bool = Field(
        default=True, description="Every role must enrol a second factor. Only the demo turns it off."
    )
    step_up_minutes: int = Field(
        default=15, ge=1, description="Exports, secrets and rights ask for a code again when the last one is older."
    )
    session_idle_minutes: int = Field(default=30, ge=1, description="A login ends after this long unused.")
    session_hours: int = Field(default=12, ge=1, description="A login ends after this long in any case.")
    oidc_issuer: str = Field(
        default="", description="The merchant's identity provider (OpenID Connect), as it calls itself. Empty: none."
    )
    oidc_client_id: str = Field(default="", description="By what name the provider knows the hub.")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="The secret that goes with it.")
    oidc_name: str = Field(default="SSO", description="What the button of the login page calls the provider.")
    oidc_email_domain: str = Field(
        default="",
        description="Accounts are found by a verified address of this domain. Empty: by the provider's user name.",
    )
    oidc_trusts_mfa: bool = Field(
        default=False, description="Whoever the provider has asked for a second factor is not asked for ours."
    )
    amqp_url: SecretStr = Field(
        default=SecretStr(""),
        description="RabbitMQ before the inbox, `amqp://user:password@host/vhost`. Empty: none.",
    )
    amqp_name: str = Field(
        default="orderhub",
        pattern=r"^[a-z0-9_-]{1,40}$",
        description="What the names of the hub's queues begin with; two hubs on one broker need two.",
    )
    amqp_most: int = Field(
        default=100_000,
        ge=8,
        description="The broker holds about so many messages; what comes beyond is answered with 429.",
    )
    clock: bool = Field(default=True, description="Run the timetable in this process (one leader does).")
    pressure_cpu: int = Field(
        default=85,
        ge=1,
        le=100,
        description="Per cent of all cores; above it for five minutes the hub goes to level 2. 100: never.",
    )
    workers: int = Field(default=2, ge=1, le=16, description="Threads that take messages from the inbox.")
    buffer_busy: int = Field(
        default=1_000, ge=0, description="With more messages waiting, a program that posts is told how long it takes."
    )
    buffer_most: int = Field(
        default=100_000, ge=1, description="With so many messages waiting, posts and pushes are told to come again."
    )
    buffer_shop_percent: int = Field(
        default=80, ge=1, le=100, description="So much of that one shop may fill, so that others find room."
    )
    sync_seconds: int = Field(default=300, ge=5, description="Seconds between two pulls of one shop.")
    rules_need_approval: bool = Field(
        default=False, description="A version of the rules goes live only when a second person has approved it."
    )
    stock_drift: int = Field(
        default=5,
        ge=0,
        description="A channel may hold so many pieces more or less than it was told, without an alarm.",
    )
    weather: bool = Field(
        default=False,
        description="Ask Open-Meteo every day for the weather of your regions, for forecasts. Without a key its terms "
        "allow no commercial use.",
    )
    weather_key: SecretStr = Field(
        default=SecretStr(""), description="Your key of Open-Meteo. Empty: its free service."
    )
    weather_url: str = Field(
        default="",
        description="An Open-Meteo of your own that answers `/v1/archive` and `/v1/forecast`. Empty: theirs.",
    )
    demo: bool = Field(default=False, description="Demo shops on the lab, demo users, printed logins.")
    lab_url: str = Field(
        default="http://127.0.0.1:3900",
        description="Where the lab answers; shops marked as lab shops talk to it.",
    )
    backup_dir: Path | None = Field(
        default=None, description="Where the clock saves the hub every night. Empty: `<data_dir>/backups`."
    )
    backup_keep: int = Field(default=14, ge=1, description="So many archives stay in that folder.")
    outgoing_private: list[str] = Field(
        default=[],
        description="Hosts inside your own network that the hub may call, `host` or `host:port`, as JSON.",
    )
    smtp_host: str = Field(default="", description="The mail server that sends reports. Empty: none.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port: mostly 587, or 465 for `tls`.")
    smtp_security: SmtpSecurity = Field(
        default=SmtpSecurity.STARTTLS,
        description="`starttls`, `tls` from the first byte, or `none`: then no password is sent.",
    )
    smtp_user: str = Field(default="", description="Whom the mail server lets in. Empty: it asks for nobody.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="The password that goes with it.")
    smtp_from: str = Field(default="", description="The address reports come from.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    metrics_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token of `/api/metrics`. Empty: loopback only."
    )

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the database in use."""
        return self.database_url or f"sqlite:///{self.data_dir / 'orderhub.db'}"

    @property
    def origin(self) -> str:
        """Scheme, host and port that a browser of ours sends as ``Origin``."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")


@cache
def settings() -> Settings:
    return Settings()
