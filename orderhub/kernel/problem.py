"""How is a refusal said to a program? As problem details (RFC 9457) with a stable ``code``, by whichever face."""

from http import HTTPStatus

MEDIA_TYPE = "application/problem+json"
AGAIN_SECONDS = 5  # what could not be done now may be tried again


def problem_body(status: int, code: str, detail: str, *, field: str = "") -> dict[str, str | int]:
    """``detail`` says what to do; ``field`` is the offending field as it was sent, empty where there is none."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, "field": field}
