"""Titles: whatever a row holds, an incident gets one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.diff import EventRow
from opsloop.service.sync.titles import MAX_LENGTH, render, title_of
from opsloop.types import Kind, Monitor, Relation, Severity

NINE = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


def title(template: str, evidence: dict[str, Any] | None = None, **monitor: Any) -> str:
    row = EventRow(
        event_id="e",
        entity_id="A",
        occurred_at=NINE,
        first_seen_at=NINE,
        cleared_at=None,
        cleared_reason=None,
        severity=None,
        owner=None,
        impact=181.6,
        evidence=json.dumps(evidence or {}),
        changed_run=1,
        group_key='["A"]',
    )
    settings: dict[str, Any] = {
        "id": "mon",
        "name": "mon",
        "kind": Kind.STATE,
        "entity": "order",
        "owner": "shipping",
        "severity": Severity.HIGH,
        "relation": Relation("main", "mon"),
        **monitor,
    }
    return title_of(row, Monitor(title=template, **settings))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{entity_id}: {impact:.0f} min", "A: 182 min"),
        ("{occurred_at:%H:%M}", "09:05"),
        ("{severity} for {owner}", "high for shipping"),
        ("{region} {region!r:>8}", "north  'north'"),
        ("{nothing}", "–"),
        ("{nothing!s:>9}", "–"),
        ("{region:.2f}", "north"),  # a format that does not fit
        ("{entity_id.__class__.__mro__}", "–"),  # names columns, nothing behind them
        ("{region[0]}", "–"),
        ("{{region}}", "{region}"),
        ("a\n  b\t c", "a b c"),
        ("  ", "mon: A"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    assert title(template, {"region": "north"}) == " ".join(expected.split())


def test_hostile_values_stay_text() -> None:
    nasty = "<b>{entity_id}</b> é🦆"
    assert title("{note}", {"note": nasty}) == nasty
    long = title("{note}", {"note": "x" * 10_000})
    assert len(long) == MAX_LENGTH
    assert long.endswith("…")


def test_numbers_that_do_not_fit_their_format_stay_readable() -> None:
    assert title("{big:.2f}", {"big": 10**400}).startswith("1000")
    assert title("{small:c}", {"small": -1}) == "-1"


def test_a_group_has_a_title_of_its_own() -> None:
    grouped = {"group_by": ("region",), "group_title": "{region} orders"}
    assert title("{entity_id}", {"region": "north"}, **grouped) == "north orders"
    assert title("{entity_id}", {"region": "north"}, group_title="{region}") == "A"


def test_a_groups_title_counts_what_it_opens_with() -> None:
    grouped = {"group_by": ("region",), "group_title": "{events_total} late, {impact:.0f} min"}
    assert title("{entity_id}", {"region": "north"}, **grouped) == "1 late, 182 min"


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.none() | st.text() | st.floats()))
def test_no_value_costs_a_title(values: dict[str, Any]) -> None:
    for template in ("{a} {b:.1f} {c}", "{a!r:>20} {b:%H}"):
        text = render(template, values)
        assert len(text) <= MAX_LENGTH
        assert "\n" not in text
