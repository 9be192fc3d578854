"""How does the hub log? JSON lines of at most 2 KB a value, without a secret or a buyer's data."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

import structlog

_LONGEST = 2000
_SECRET_NAMES = re.compile(
    r"(password|passwd|secret|token|cookie|authori[sz]ation|session|signature|sign|otp|code_2fa|api_key|access_key|seed)$",
    re.IGNORECASE,
)
_PERSONAL_NAMES = re.compile(r"(phone|mobile|tel|receiver|address|buyer|nick|full_?name|id_card)", re.IGNORECASE)
_IN_TEXT = (
    # A Chinese mobile number, a cookie of ours, `name=value` and `"name": "value"` of a secret.
    (re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), "[phone]"),
    (re.compile(r"((?:__Host-)?oh_\w+=)[\w\-.]+"), r"\1[redacted]"),
    (
        re.compile(
            r"(?i)\b((?:access_|refresh_)?token|session|app_secret|secret|password|sign|otp|authorization|cookie)"
            r"(['\"]?\s*[=:]\s*['\"]?)(?:Bearer\s+)?[^\s'\"&,;}]+"
        ),
        r"\1\2[redacted]",
    ),
)


class _Stderr:
    """A line that cannot be written is lost: where the disk is full, nobody's answer may fail for it."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def redacted(text: str) -> str:
    """``text`` without phone numbers, tokens, cookies and passwords, cut to 2,000 characters."""
    for pattern, instead in _IN_TEXT:
        text = pattern.sub(instead, text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def set_up_logs(level: str = "INFO") -> None:
    """Send every log line, ours and the libraries', through the same redacting JSON renderer."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(_Stderr()),  # pyright: ignore[reportArgumentType]
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _redact,
                structlog.processors.JSONRenderer(ensure_ascii=True),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "apscheduler", "engineio", "socketio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _redact(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in line.items():
        if _SECRET_NAMES.search(name) or _PERSONAL_NAMES.search(name):
            line[name] = "[redacted]"
        elif not isinstance(value, int | float | bool | None):
            line[name] = redacted(value if isinstance(value, str) else repr(value))
    return line
