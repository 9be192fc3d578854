"""Are a merchant's own fields typed, and are their names fit for an address?"""

import pytest

from orderhub.domain.custom_field import (
    Cell,
    CustomField,
    FieldSpec,
    FieldType,
    FieldTypeFixed,
    archive,
    define,
    fields_in_use,
    read_cell,
)
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, NotFound


def cell(type_: FieldType, text: str, *choices: str) -> Cell:
    return read_cell(FieldSpec("试", type_, choices), text)


@pytest.mark.parametrize(
    ("type_", "text", "wanted"),
    [
        (FieldType.TEXT, " 放\u200b门口 ", Cell("放门口")),
        (FieldType.NUMBER, "-12.50", Cell("-12.5", -12_500_000)),
        (FieldType.NUMBER, "1000", Cell("1000", 1_000_000_000)),
        (FieldType.MONEY, "1234.5", Cell("1234.50", 123450)),
        (FieldType.DATE, "2026-11-24", Cell("2026-11-24", 1_795_449_600)),
        (FieldType.DATE, "2026-11-24 10:30:59", Cell("2026-11-24 10:30", 1_795_487_459)),
        (FieldType.DATE, "2026-11-24T02:30:59+00:00", Cell("2026-11-24 10:30", 1_795_487_459)),
    ],
)
def test_a_value_is_kept_as_it_is_written_and_as_it_compares(type_: FieldType, text: str, wanted: Cell):
    assert cell(type_, text) == wanted


@pytest.mark.parametrize(
    ("type_", "text", "problem"),
    [
        (FieldType.NUMBER, "1e5", "not_number"),
        (FieldType.NUMBER, "１２", "not_number"),
        (FieldType.MONEY, "1.005", "not_money"),
        (FieldType.MONEY, "99999999.00", "absurd_money"),
        (FieldType.DATE, "24.11.2026", "not_date"),
        (FieldType.DATE, "9999-01-01", "not_date"),
        (FieldType.CHOICE, "飞", "not_choice"),
        (FieldType.TEXT, "长" * 201, "too_long"),
    ],
)
def test_a_value_of_another_type_is_refused(type_: FieldType, text: str, problem: str):
    with pytest.raises(BadInput) as refused:
        cell(type_, text, "走")
    assert refused.value.problem == problem
    assert text not in str(refused.value) or type_ is FieldType.MONEY


@pytest.mark.parametrize("name", ["", "a b", "a.b", "a=b", "-a", "a/b", "长" * 33, "a&b", "_a"])
def test_a_name_that_no_address_can_hold_is_refused(database, now, name: str):
    with transaction() as session, pytest.raises(BadInput):
        define(session, name, FieldType.TEXT, by="tester", now=now)


def test_a_field_is_made_once_and_may_gain_choices(database, now):
    with transaction() as session:
        first = define(session, "送货方式", FieldType.CHOICE, ["放门口"], by="tester", now=now)
        again = define(session, "送货方式", FieldType.CHOICE, ["放门口", " 自提 ", ""], by="tester", now=now)
        assert (first.id, again.choices) == (again.id, ["放门口", "自提"])
        with pytest.raises(FieldTypeFixed):
            define(session, "送货方式", FieldType.TEXT, by="tester", now=now)
        with pytest.raises(BadInput):
            define(session, "自提点", FieldType.CHOICE, by="tester", now=now)


def test_an_archived_field_comes_back_under_its_name(database, now):
    with transaction() as session:
        field = define(session, "说明", FieldType.TEXT, by="tester", now=now)
        archive(session, "说明", by="tester", now=now)
        assert fields_in_use(session) == []
        assert define(session, "说明", FieldType.TEXT, by="tester", now=now).id == field.id
        assert isinstance(fields_in_use(session)[0], CustomField)
        with pytest.raises(NotFound):
            archive(session, "没有", by="tester", now=now)
