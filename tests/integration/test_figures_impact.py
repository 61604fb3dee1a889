"""Impact of a period, unit by unit; what has no unit is counted and never summed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from opsloop.reporting import worth_doing
from opsloop.reporting.figure import View
from opsloop.service.figures import impact
from opsloop.service.figures.parts import EVERYTHING, NOBODYS
from opsloop.service.figures.periods import ALL_TIME
from opsloop.warehouse.serving import Published, ServingCopy, replace_serving

NOW = datetime(2026, 3, 5)  # noqa: DTZ001, as the warehouse has it


def incident(number: int, unit: str | None) -> dict[str, Any]:
    """Return an incident's impact as `fct_impact` has it."""
    return {
        "incident_id": number,
        "opened_at": NOW,
        "ended_at": NOW,
        "impact_unit": unit,
        "at_stake": 1000.0,
        "is_recovery": True,
        "recovered_gross": 800.0,
        "recovered_net": 560.0,
    }


@pytest.fixture
def copy(tmp_path: Path) -> ServingCopy:
    """Publish one incident in euro, and two whose monitor names no unit."""
    rows = [incident(1, "euro"), incident(2, None), incident(3, None)]
    tables = {
        "fct_impact": pa.Table.from_pylist(rows),
        "fct_incidents": pa.Table.from_pylist(
            [{"incident_id": row["incident_id"], "source": None} for row in rows],
            schema=pa.schema([("incident_id", pa.int64()), ("source", pa.string())]),
        ),
    }
    published = Published("store", "lineage", 1, NOW, NOW)
    return ServingCopy(replace_serving(tmp_path, published, tables.items()))


def test_without_a_unit_it_is_counted_and_not_summed(copy: ServingCopy) -> None:
    euro, none = impact.of_period(copy, EVERYTHING, ALL_TIME)
    assert (euro["impact_unit"], euro["at_stake"], euro["recovered_net"]) == ("euro", 1000, 560)
    assert (none["impact_unit"], none["incidents"], none["recoveries"]) == (NOBODYS, 2, 2)
    assert none["recoveries_with_net"] == 0
    assert none["at_stake"] is none["recovered_gross"] is none["recovered_net"] is None


def test_the_page_tells_how_many_have_no_unit(copy: ServingCopy) -> None:
    *_, last = worth_doing.impact(copy, View(EVERYTHING, ALL_TIME)).numbers
    assert last.label == "Impact without a unit"
    assert last.note == "2 incidents; see `opsloop monitors check`"
