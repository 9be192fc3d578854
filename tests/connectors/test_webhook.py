"""Is what a program is told signed as Standard Webhooks says?"""

import base64
import hashlib
import hmac

import pytest

from orderhub.connectors.webhook import Target, key_of, signatures
from orderhub.kernel.errors import BadInput

# Source: the test vector of the Standard Webhooks reference libraries, read 2026-11.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NUMBER, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}'
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_vector_of_the_convention_is_signed_alike():
    assert signatures([SECRET], NUMBER, AT, BODY) == SIGNED


def test_each_secret_signs_and_each_part_counts():
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    assert signatures([SECRET, other], NUMBER, AT, BODY).split(" ")[0] == SIGNED
    changed = [(NUMBER + "x", AT, BODY), (NUMBER, AT + 1, BODY), (NUMBER, AT, BODY + b" ")]
    assert SIGNED not in {signatures([SECRET], *one) for one in changed}
    by_hand = hmac.new(b"x" * 32, f"{NUMBER}.{AT}.".encode() + BODY, hashlib.sha256).digest()
    assert signatures([other], NUMBER, AT, BODY) == f"v1,{base64.b64encode(by_hand).decode()}"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_????", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_QUJD"])
def test_what_is_no_secret_is_refused(secret):
    with pytest.raises(BadInput):
        key_of(secret)


def test_a_target_never_shows_its_secrets():
    assert SECRET not in repr(Target("https://crm.example/hook", (SECRET,)))
