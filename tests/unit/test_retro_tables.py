"""The retro's tables, as people read them."""

from __future__ import annotations

from opsloop.reporting import tables

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
