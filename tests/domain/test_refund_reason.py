"""Is a buyer's reason the same kind whichever platform says it, and does the merchant's own word come first?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, accept_refund, say_reason
from orderhub.domain.refund_reason import (
    Meaning,
    ReasonKind,
    ReasonWord,
    folded,
    meaning_of,
    name_reason,
    own_reasons,
    shipped_kind,
    unsaid_reasons,
)
from orderhub.domain.words import Channel
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event

from .drafts import NOW, a_refund, a_shop, paid


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("拍错/多拍/不喜欢", ReasonKind.NO_REASON),
        ("七天无理由退货", ReasonKind.NO_REASON),
        ("与商家协商一致退款", ReasonKind.AGREED),
        ("少件/漏发", ReasonKind.SHORT_OR_MISSING),
        ("发货时间问题", ReasonKind.LATE_SHIPMENT),
        ("地址/联系电话填写错误", ReasonKind.NO_REASON),  # with and without the space that one app writes
        ("收到的商品与描述不符(大小/尺寸/颜色/图案/款式/材质面料等)", ReasonKind.NOT_AS_DESCRIBED),
        ("天气不好", None),
    ],
)
def test_words_that_ship_are_known_however_they_are_spaced(words, kind):
    assert shipped_kind(words) is kind


@given(st.text(max_size=300))
def test_folding_twice_is_folding_once(words):
    assert folded(folded(words)) == folded(words)
    assert len(folded(words)) <= 200


def test_every_kind_has_a_word_that_ships():
    from orderhub.domain.refund_reason import _SHIPPED

    assert set(_SHIPPED) == set(ReasonKind)
    every = [folded(words) for kinds in _SHIPPED.values() for words in kinds]
    assert len(every) == len(set(every))  # no word of two kinds


def test_a_case_takes_its_kind_when_it_is_accepted(database):
    assert _accepted("质量问题") is ReasonKind.QUALITY
    with reading() as session:
        assert unsaid_reasons(session) == []


def test_a_new_reason_is_other_waits_for_a_person_and_is_said_for_all(database):
    assert _accepted("天气 不好") is ReasonKind.OTHER
    with transaction() as session:
        assert meaning_of(session, Channel.TAOBAO, "天气不好", now=NOW).kind is ReasonKind.OTHER  # met, not met twice
        (unsaid,) = unsaid_reasons(session)
        assert (unsaid.words, unsaid.channel) == ("天气不好", Channel.TAOBAO)
        for _ in range(2):
            say_reason(session, Channel.TAOBAO, "天气不好", ReasonKind.LOGISTICS, by="li", now=NOW)
    with reading() as session:
        assert session.exec(select(Aftersale.reason_kind)).one() is ReasonKind.LOGISTICS
        assert unsaid_reasons(session) == []
        said = session.exec(select(Event).where(Event.kind == "reason_said")).one()
        assert (said.actor, said.body["cases"]) == ("li", 1)


def test_the_merchants_word_stands_before_the_one_that_ships(database):
    with transaction() as session:
        say_reason(session, Channel.TAOBAO, "不想要了", ReasonKind.LATE_SHIPMENT, by="li", now=NOW)
        assert meaning_of(session, Channel.TAOBAO, "不想要了", now=NOW).kind is ReasonKind.LATE_SHIPMENT
        assert meaning_of(session, Channel.JD, "不想要了", now=NOW).kind is ReasonKind.NO_REASON
        assert [word.channel for word in session.exec(select(ReasonWord))] == [Channel.TAOBAO]


def test_nothing_is_no_reason_to_speak_of(database):
    with transaction() as session:
        assert meaning_of(session, Channel.JD, " ", now=NOW).kind is ReasonKind.OTHER
        assert unsaid_reasons(session) == []
        with pytest.raises(BadInput, match="no words"):
            say_reason(session, Channel.JD, " ", ReasonKind.OTHER, by="li", now=NOW)


def _accepted(reason: str) -> ReasonKind:
    with transaction() as session:
        shop = a_shop(session)
        accept(session, shop, paid(), now=NOW)
        accept_refund(session, shop, a_refund(reason=reason), now=NOW)
    with reading() as session:
        return session.exec(select(Aftersale.reason_kind)).one()


def test_a_reason_of_the_merchants_own_counts_as_one_of_the_fourteen_and_cases_take_it(database):
    assert _accepted("轮子断了") is ReasonKind.OTHER
    with transaction() as session:
        own = name_reason(session, " 轮子质量 ", ReasonKind.QUALITY, by="li", now=NOW)
        assert name_reason(session, "轮子质量", ReasonKind.QUALITY, by="li", now=NOW).id == own.id
        with pytest.raises(BadInput, match="counts as quality"):
            name_reason(session, "轮子质量", ReasonKind.DAMAGED, by="li", now=NOW)
        with pytest.raises(BadInput, match="empty"):
            name_reason(session, " ", ReasonKind.DAMAGED, by="li", now=NOW)
        say_reason(session, Channel.TAOBAO, "轮子断了", ReasonKind.OTHER, own_id=own.id, by="li", now=NOW)
        with pytest.raises(NotFound):
            say_reason(session, Channel.TAOBAO, "轮子断了", ReasonKind.OTHER, own_id=own.id + 1, by="li", now=NOW)
    with reading() as session:
        case = session.exec(select(Aftersale)).one()
        assert (case.reason_kind, case.own_reason_id) == (ReasonKind.QUALITY, own.id)
        assert meaning_of(session, Channel.TAOBAO, "轮子断了", now=NOW) == Meaning(ReasonKind.QUALITY, own.id)
        assert [one.name for one in own_reasons(session)] == ["轮子质量"]
    with transaction() as session:  # and back to one that ships
        say_reason(session, Channel.TAOBAO, "轮子断了", ReasonKind.DAMAGED, by="li", now=NOW)
        case = session.exec(select(Aftersale)).one()
        session.refresh(case)
        assert (case.reason_kind, case.own_reason_id) == (ReasonKind.DAMAGED, None)
