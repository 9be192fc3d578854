from contextlib import ExitStack

import pytest
from passlib.hash import argon2

from orderhub.access import passwords
from orderhub.access.passwords import check_choice, hash_password, verify_password
from orderhub.kernel.errors import BadInput, TooMany


@pytest.fixture(autouse=True)
def cheap_hashes() -> None:
    """Here they are as dear as they are."""


def test_a_password_fits_only_its_own_hash():
    stored = hash_password("kuaidi-zai-lushang-7")
    assert verify_password("kuaidi-zai-lushang-7", stored) == (True, "")
    assert verify_password("kuaidi-zai-lushang-8", stored) == (False, "")


def test_the_hash_is_argon2id_with_19_mib():
    assert hash_password("kuaidi-zai-lushang-7").startswith("$argon2id$v=19$m=19456,t=8,p=1$")


def test_a_weaker_hash_is_renewed_at_the_next_login():
    weak = argon2.using(type="ID", memory_cost=1024, rounds=1, parallelism=1).hash("kuaidi-zai-lushang-7")
    fits, renewed = verify_password("kuaidi-zai-lushang-7", weak)
    assert fits
    assert verify_password("kuaidi-zai-lushang-7", renewed) == (True, "")


def test_nobodys_password_never_fits():
    assert verify_password("nobody has this password", "") == (False, "")


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("elevenchars", "password_length"),
        ("x" * 129, "password_length"),
        ("password1234", "password_common"),
        ("Passw0rd12345678", "password_common"),
        ("aaaaaaaaaaaa", "password_common"),
        ("ceshi-yunying12", "password_common"),
        ("5201314woaini", "password_common"),
    ],
)
def test_a_weak_choice_is_refused(password: str, problem: str):
    with pytest.raises(BadInput) as refused:
        check_choice(password, "ceshi-yunying")
    assert refused.value.problem == problem


@pytest.mark.parametrize("password", ["kuaidi-zai-lushang-7", "四月的仓库里有十二只纸箱子", "x7!mQz0-pLw4"])
def test_a_good_choice_passes(password: str):
    check_choice(password, "ceshi-yunying")


def test_a_flood_of_strangers_leaves_a_place_for_whoever_is_known():
    stored = hash_password("kuaidi-zai-lushang-7")
    with ExitStack() as flood:
        flood.enter_context(passwords._AT_ONCE)
        flood.enter_context(passwords._STRANGERS_AT_ONCE)
        for _ in range(8):
            flood.enter_context(passwords._STRANGERS_IN_ALL)
        with pytest.raises(TooMany):
            verify_password("kuaidi-zai-lushang-7", stored, is_stranger=True)
        assert verify_password("kuaidi-zai-lushang-7", stored) == (True, "")
    assert verify_password("kuaidi-zai-lushang-7", stored, is_stranger=True) == (True, "")


def test_a_flood_of_strangers_does_not_pile_up(monkeypatch: pytest.MonkeyPatch):
    """Who finds the queue full is told at once and holds no thread."""
    monkeypatch.setattr(passwords, "_LONGEST_WAIT_SECONDS", 0)
    with passwords._STRANGERS_AT_ONCE, pytest.raises(TooMany):
        verify_password("kuaidi-zai-lushang-7", "", is_stranger=True)
    assert passwords._STRANGERS_IN_ALL._value == 8
