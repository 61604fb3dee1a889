"""Evidence as a typed table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.evidence import MOMENT, standing, table, typed
from opsloop.types import Disposition, Event, EventView

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([True, None, False], pa.bool_()),
        ([1, None, 3], pa.int64()),
        ([1, 2.5, None], pa.float64()),
        (["2026-03-01 09:00:00", None, "2026-03-01T10:30:00.5Z"], MOMENT),
        (["2026-03-01 09:00:00", "soon"], pa.string()),
        (["2026-02-31 09:00:00"], pa.string()),
        ([2**60], pa.string()),
        ([True, 1], pa.string()),
        ([{"a": 1}], pa.string()),
        (["<b>x</b>"], pa.string()),
    ],
)
def test_a_column_has_the_one_type_that_fits_all(values: list[Any], kind: pa.DataType) -> None:
    assert typed(values).type == kind


def test_times_are_read_as_utc() -> None:
    assert typed(["2026-03-01 09:00:00"]).to_pylist() == [AT]


@given(st.lists(ANY, min_size=1))
def test_any_json_makes_a_column_of_its_length(values: list[Any]) -> None:
    assert len(typed(values)) == len(values)


def test_each_event_is_a_row_and_names_never_collide() -> None:
    shown = table([view({"Entity": "mine", "n": 1}), view({"n": 2, "only": "here"})])
    assert shown.column("Entity").to_pylist() == ["order 7", "order 7"]
    assert shown.column("Entity (evidence)").to_pylist() == ["mine", None]
    assert shown.column("n").to_pylist() == [1, 2]
    assert "Cleared" not in shown.column_names


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"firing": True}, "firing"),
        ({"firing": True, "disposition": Disposition.MUTED}, "muted"),
        ({"firing": False}, "cleared"),
        ({"firing": False, "cleared_reason": "rule_changed"}, "rule changed"),
        ({"firing": True, "is_lost": True}, "lost"),
    ],
)
def test_standing(changes: dict[str, Any], said: str) -> None:
    assert standing(view({}, **changes)) == said


def view(evidence: dict[str, Any], **changes: Any) -> EventView:
    values = {
        "event_id": "1",
        "monitor_id": "mon_late",
        "entity_id": "order 7",
        "group_key": "[]",
        "disposition": Disposition.ATTACHED,
        "firing": True,
        "occurred_at": AT,
        "started_at": AT,
    }
    return EventView(Event(**(values | changes)), evidence)
