import errno
import io
import json
import logging
from contextlib import redirect_stderr

import pytest
import structlog

from orderhub.kernel.errors import SetupError
from orderhub.kernel.logs import redacted
from orderhub.kernel.secrets import seal, unseal
from orderhub.kernel.settings import settings
from tests.logged import own_logs


def test_a_sealed_secret_opens_at_its_own_place_only():
    sealed = seal("s3cret", "shop:tb:app_secret")
    assert "s3cret" not in sealed
    assert unseal(sealed, "shop:tb:app_secret") == "s3cret"
    with pytest.raises(SetupError, match="does not open"):
        unseal(sealed, "shop:jd:app_secret")


def test_the_key_file_is_for_its_owner_only():
    seal("x", "y")
    assert (settings().data_dir / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "line",
    [
        "call to 13800000000 failed",
        "cookie oh_sid=abcDEF123_-xyz sent",
        'body {"access_token": "abcDEF123_-xyz"}',
        "GET /?session=abcDEF123_-xyz&x=1",
        "password='abcDEF123_-xyz'",
        "Authorization: Bearer abcDEF123_-xyz",
    ],
)
def test_no_secret_and_no_phone_survives_redaction(line):
    assert "abcDEF123_-xyz" not in redacted(line)
    assert "13800000000" not in redacted(line)


def test_every_line_is_json_without_secrets_whoever_wrote_it():
    caught = io.StringIO()
    with redirect_stderr(caught), own_logs("INFO"):
        structlog.get_logger().info("hello", access_token="abc", buyer_nick="x", order_id=7)
        logging.getLogger("reflex").warning("event %s", {"cookie": "oh_sid=abcdefghi", "phone": "13800000000"})
    ours, theirs = [json.loads(line) for line in caught.getvalue().splitlines()]
    assert (ours["access_token"], ours["buyer_nick"], ours["order_id"]) == ("[redacted]", "[redacted]", 7)
    assert "abcdefghi" not in json.dumps(theirs)
    assert "13800000000" not in json.dumps(theirs)


def test_a_line_of_a_megabyte_is_cut():
    assert len(redacted("x" * 1_000_000)) < 2100


class FullDisk(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_line_that_cannot_be_written_fails_nobody():
    with redirect_stderr(FullDisk()), own_logs("INFO"):
        structlog.get_logger().error("hello")
