"""The entities that bring most: the first by one order, and all others as one row."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest

from opsloop.service.figures.entities import FIRST, Order, top
from opsloop.service.figures.parts import EVERYTHING, Part
from opsloop.service.figures.periods import Period
from opsloop.warehouse.serving import Published, ServingCopy, replace_serving

NOW = datetime(2026, 3, 5)  # noqa: DTZ001, as the warehouse has it
ENTITIES = 50
# the lower an entity's number the more incidents and events, the higher the more minutes
INCIDENTS = [(entity, one) for entity in range(ENTITIES) for one in range(ENTITIES - entity)]
SUMS = {"entities": 50, "incidents": 1275, "events": 2550, "minutes": 12_250, "incidents_share": 1}


def facts() -> dict[str, list[dict[str, Any]]]:
    """Return the facts of fifty entities; an incident a day in the order of their numbers."""
    numbered = list(enumerate(INCIDENTS))
    return {
        "fct_incidents": [
            {
                "incident_id": number,
                "source": None,
                "team": "desk",
                "entity_type": "order",
                "opened_at": NOW - timedelta(days=number),
                "is_open": entity == 0,
            }
            for number, (entity, _) in numbered
        ],
        "fct_incident_entities": [
            {
                "incident_id": number,
                "entity_id": f"order {entity}",
                "events": 2,
                "entities_count": 1,
                "is_own": True,
            }
            for number, (entity, _) in numbered
        ],
        "fct_incident_work": [
            {"incident_id": number, "touch_minutes": 10 * entity / (ENTITIES - entity)}
            for number, (entity, _) in numbered
        ],
        "fct_repeat_contacts": [
            {
                "incident_id": number,
                "is_within_14_days": one > 1,
                "is_within_28_days": one > 0,
            }
            for number, (_, one) in numbered
        ],
    }


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> ServingCopy:
    """Publish fifty entities."""
    published = Published("store", "lineage", 1, NOW, NOW)
    tables = {name: pa.Table.from_pylist(rows) for name, rows in facts().items()}
    folder: Path = tmp_path_factory.mktemp("serving")
    return ServingCopy(replace_serving(folder, published, tables.items()))


@pytest.mark.parametrize("order", get_args(Order))
def test_all_others_are_one_row_by_each_order(copy: ServingCopy, order: Order) -> None:
    found = top(copy, EVERYTHING, order=order)
    assert [row[f"place_by_{order}"] for row in found] == [*range(1, FIRST + 1), None]
    first = "order 49" if order == "minutes" else "order 0"
    assert found[0]["entity_id"] == first
    others = found[-1]
    assert (others["entity_id"], others["type_of_entity"]) == (None, None)
    assert others["entities"] == ENTITIES - FIRST
    for name, whole in SUMS.items():
        assert sum(row[name] for row in found) == pytest.approx(whole), name


def test_an_entity_has_its_counts(copy: ServingCopy) -> None:
    found = top(copy, Part("team", "desk"))[0]
    assert (found["entity_id"], found["type_of_entity"]) == ("order 0", "order")
    assert (found["incidents"], found["open_incidents"], found["recorded_incidents"]) == (50,) * 3
    assert (found["again_within_14_days"], found["again_within_28_days"]) == (48, 49)
    assert found["last_opened_at"] == NOW


def test_of_a_period_only_what_was_opened_in_it_counts(copy: ServingCopy) -> None:
    [found] = top(copy, EVERYTHING, Period(date(2026, 3, 1), date(2026, 3, 3)))
    assert (found["entity_id"], found["incidents"], found["incidents_share"]) == ("order 0", 2, 1)
    assert top(copy, EVERYTHING, Period(date(2026, 3, 6))) == []
    assert top(copy, Part("team", "nobody's")) == []
