"""The entities that bring most: the first by one order, and all others as one row."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest

from opsloop.service.figures.entities import FIRST, Order, top
from opsloop.service.figures.parts import EVERYTHING
from opsloop.warehouse.serving import Published, ServingCopy, replace_serving

NOW = datetime(2026, 3, 5)  # noqa: DTZ001, as the warehouse has it
ENTITIES = 50
SUMMED = ("entities", "incidents", "events", "recorded_incidents", "minutes", "incidents_share")


def entity(number: int) -> dict[str, Any]:
    """Return an entity: the lower its number the more incidents, the higher the more minutes."""
    return {
        "entity_id": f"order {number}",
        "type_of_entity": "order",
        "place_by_incidents": number + 1,
        "place_by_events": number + 1,
        "place_by_minutes": ENTITIES - number,
        "incidents": ENTITIES - number,
        "minutes": 10.0 * number,
    }


def whole(row: dict[str, Any], **others: Any) -> dict[str, Any]:
    """Return a row of `rpt_entities` about all of the work."""
    counts = ("open_incidents", "again_within_14_days", "again_within_28_days")
    return {
        "period": "all",
        "dimension": "total",
        "dimension_value": "all",
        "entities": 1,
        "events": row["incidents"],
        "recorded_incidents": 1,
        "incidents_share": row["incidents"] / 1275,
        **dict.fromkeys(counts, 0),
        "last_opened_at": NOW,
        **row,
        **others,
    }


def published_rows() -> list[dict[str, Any]]:
    """Return the first of each order by themselves, and the ten that are among none as one."""
    rows = [whole(entity(n)) for n in range(ENTITIES) if n < FIRST or n >= ENTITIES - FIRST]
    left = [entity(n) for n in range(FIRST, ENTITIES - FIRST)]
    nothing = dict.fromkeys(left[0])
    rest = {name: sum(one[name] for one in left) for name in ("incidents", "minutes")}
    return [*rows, whole(nothing | rest, entities=len(left), recorded_incidents=len(left))]


@pytest.fixture
def copy(tmp_path: Path) -> ServingCopy:
    """Publish fifty entities."""
    published = Published("store", "lineage", 1, NOW, NOW)
    tables = {"rpt_entities": pa.Table.from_pylist(published_rows())}
    return ServingCopy(replace_serving(tmp_path, published, tables.items()))


@pytest.mark.parametrize("order", get_args(Order))
def test_all_others_are_one_row_by_each_order(copy: ServingCopy, order: Order) -> None:
    found = top(copy, EVERYTHING, order=order)
    assert [row[f"place_by_{order}"] for row in found] == [*range(1, FIRST + 1), None]
    others = found[-1]
    assert (others["entity_id"], others["type_of_entity"]) == (None, None)
    assert others["entities"] == ENTITIES - FIRST
    for name in SUMMED:
        expected = sum(row[name] for row in published_rows())
        assert sum(row[name] for row in found) == pytest.approx(expected), name


def test_without_others_there_is_no_row_of_them(copy: ServingCopy) -> None:
    assert top(copy, EVERYTHING, span="recent") == []
