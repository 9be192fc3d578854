"""Nobody's name, phone or address stays readable, whatever stars or ciphers stand in it."""

import pytest

from orderhub.connectors import masking
from orderhub.connectors.channels import douyin
from orderhub.connectors.channels.douyin import parse as douyin_parse
from orderhub.connectors.channels.taobao import parse as taobao_parse

from .taobao_bodies import trade

CIPHER = "##oVxH3Y0nTEST*9KcQpTESTTEST+/Lw==*Qk1TEST=#1##"
JD_CIPHER = "AAS/RJ3CTESTTESTTESTTEST9NinG="


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("测试收件人", "测**"),
        ("测**", "测**"),
        ("测*", "测*"),
        ("测试*收件人甲", "测**"),
        ("#测试", "#**"),
        (CIPHER, ""),
        (JD_CIPHER, ""),
        ("AAS/短", "A**"),
        ("", ""),
    ],
)
def test_a_name_shows_its_first_character_at_most(name, shown):
    assert masking.mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13800000000", "138****0000"),
        ("1********63", "1********63"),
        ("*******0308", "*******0308"),
        ("138*0000000", "138****0000"),
        ("110", "****"),
        ("$$Xk3TESTTEST*rTESTTEST==$1$$", ""),
    ],
)
def test_a_phone_shows_seven_digits_at_most(phone, shown):
    assert masking.mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [("测试路1号*座101室", "****"), ("长*街道长**路***号", "长*街道长**路***号"), (CIPHER, ""), ("", "")],
)
def test_an_address_in_the_clear_shows_nothing(address, shown):
    assert masking.mask_address(address) == shown


def test_a_phone_sent_as_a_number_is_masked_too():
    assert douyin_parse.without_personal({"post_tel": 13800000000}) == {"post_tel": "138****0000"}
    assert taobao_parse.without_personal(trade(receiver_mobile=13800000000))["receiver_mobile"] == "138****0000"


def test_ciphers_stay_in_the_body_for_the_channel_to_open():
    assert douyin_parse.without_personal({"encrypt_post_receiver": CIPHER}) == {"encrypt_post_receiver": CIPHER}


def test_a_masked_body_parses_to_the_same_draft():
    body = trade(receiver_name="测试收件人", receiver_mobile="13800000000", receiver_address="测试路1号101室")
    assert taobao_parse.parse_order(taobao_parse.without_personal(body)) == taobao_parse.parse_order(body)
    assert douyin.parse_order is douyin_parse.parse_order
