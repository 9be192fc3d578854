"""What does a push from Douyin say? Signed, then read; it is a hint only, the order itself is asked for afterwards.

Source: message documents of the open platform, section 4.6 of the collected contracts, read 2026-11.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from orderhub.connectors import fields
from orderhub.connectors.channels.contract import Body, Credentials, Hint
from orderhub.connectors.channels.douyin.signing import push_signs
from orderhub.kernel.errors import BadInput, NotAllowed

_PROBE = "0"
_ORDER_TAGS = {str(tag) for tag in (*range(100, 114), 126)}
_REFUND_TAGS = {str(tag) for tag in (*range(200, 219), 224, 225, 226, 227)}


def read_push(headers: Mapping[str, str], raw: bytes, credentials: Credentials) -> list[Hint]:
    """Hints in the order of the push; tags that concern neither orders nor refunds are passed over.

    Raises:
        NotAllowed: the signature or the app does not fit.
        BadInput: signed, but not readable.
    """
    _check(headers, raw, credentials)
    try:
        messages: Any = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadInput("the push is no JSON", problem="not_json") from error
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise BadInput("the push is no list of messages", problem="not_messages")
    return [hint for message in messages if (hint := _hint(message, credentials))]


def _check(headers: Mapping[str, str], raw: bytes, credentials: Credentials) -> None:
    headers = {name.lower(): value for name, value in headers.items()}
    given = headers.get("event-sign", "").lower()
    signs = push_signs(credentials.app_key, credentials.app_secret, raw)
    fits = [hmac.compare_digest(given.encode(), sign.encode()) for sign in signs]
    if not any(fits) or headers.get("app-id", credentials.app_key) != credentials.app_key:
        raise NotAllowed("the signature of the push does not fit: check the app secret of this shop")


def _hint(message: Body, credentials: Credentials) -> Hint | None:
    tag = fields.text(message, "tag")
    if tag == _PROBE:
        return None
    facts = _facts(message)
    if credentials.shop_no and fields.text(facts, "shop_id") not in ("", credentials.shop_no):
        raise NotAllowed("the push is about another shop")
    message_no = fields.number(message, "msg_id" if "msg_id" in message else "msgId")
    if tag in _ORDER_TAGS:
        return Hint(message_no, "order", fields.number(facts, "p_id"), tag)
    if tag in _REFUND_TAGS:
        return Hint(message_no, "refund", fields.number(facts, "aftersale_id"), tag)
    return None


def _facts(message: Body) -> Body:
    """``data`` is JSON in text on the wire, an object in the documents."""
    data = message.get("data")
    try:
        facts = json.loads(data) if isinstance(data, str) else data
    except (ValueError, RecursionError) as error:
        raise BadInput("data: is no JSON", field="data", problem="not_json") from error
    if not isinstance(facts, dict):
        raise BadInput("data: is no object", field="data", problem="not_messages")
    return facts
