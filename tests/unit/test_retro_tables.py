"""The retro's tables, as people read them."""

from __future__ import annotations

import pytest

from opsloop.reporting import tables, words

MEASURES = ("acknowledge", "resolve", "answer")
COLUMNS = ("count", "running", "median_seconds", "p85_seconds", "longest_seconds")
HEADLINE = {
    f"{measure}_{column}": None for measure in MEASURES for column in COLUMNS
} | dict.fromkeys(("incidents", "open", "escalations", "reopened_incidents", "self_resolved"), 0)


def test_a_dimension_heads_its_column_as_people_say_it() -> None:
    row = HEADLINE | {"dimension_value": "XY"}
    for dimension, says in (
        ("team", "Team"),
        ("entity_type", "Kind of entity"),
        ("mon_late_orders.ship_from", "Ship from of late orders"),
    ):
        [told] = tables.comparison([row], dimension)
        assert next(iter(told)) == says


def test_columns_of_numbers_stand_at_the_right_but_never_the_first() -> None:
    row = {
        "Entity": "4711",
        "Kind": "order",
        "Incidents": 1_999,
        "Minutes": "< 0.1",
        "Resolve, median": "> 2 d 4 h",
        "Of all": "3 of 5",
        "Answer": words.UNKNOWN,
        "Mark": "",
    }
    late = row | {"Entity": "4712", "Incidents": None, "Minutes": words.UNKNOWN}
    assert tables.of_numbers([row, late]) == ["Incidents", "Minutes", "Resolve, median", "Of all"]
    assert tables.of_numbers([]) == []


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, words.UNKNOWN),
        (0, "0"),
        (0.004, "< 0.1"),
        (-0.004, "> -0.1"),
        (0.05, "0.1"),
        (0.5, "0.5"),
        (6.94, "6.9"),
        (6.97, "7"),
        (7.0, "7"),
        (-7.04, "-7"),
        (99.97, "100"),
        (1234.5, "1,234"),
    ],
)
def test_an_amount_has_no_more_digits_than_it_needs_and_is_never_none_at_all(
    value: float | None, says: str
) -> None:
    assert words.amount(value) == says
