"""Is a channel's no said in words, and never with a secret in it?"""

import pytest

from orderhub.connectors.channels.refusals import problem_of
from orderhub.connectors.http import told
from orderhub.domain.words import Channel, UploadProblem


@pytest.mark.parametrize(
    ("channel", "code", "problem"),
    [
        (Channel.TAOBAO, "isv.logistics-offline-service-error:B60", UploadProblem.WAYBILL_INVALID),
        (Channel.TAOBAO, "isv.logistics-offline-service-error:B56", UploadProblem.CARRIER_UNKNOWN),
        (Channel.TAOBAO, "isv.logistics-online-service-error:B04", UploadProblem.STATUS_FORBIDS),
        (Channel.TAOBAO, "isv.logistics-offline-service-error:ZZ", UploadProblem.REFUSED),
        (Channel.TAOBAO, "", UploadProblem.REFUSED),
        (Channel.JD, "10400001", UploadProblem.REFUSED),
    ],
)
def test_a_known_code_has_words_and_an_unknown_one_stays_a_code(channel, code, problem):
    assert problem_of(channel, code) is problem


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("运单号不符合规则（或已经被使用），请重试。", "运单号不符合规则（或已经被使用），请重试。"),
        ("token abc123 of 13800000000 已失效", "已失效"),
        ("invalid session 6100e0f2", ""),
        ("订单\u202e不存在\x00", "订单不存在"),
        (None, ""),
        ("长" * 500, "长" * 120),
    ],
)
def test_of_a_partners_words_only_the_chinese_is_kept(said, kept):
    assert told(said) == kept
