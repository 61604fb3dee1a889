"""The process map and the work on the retro's page."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from opsloop.reporting import process_tables
from opsloop.service.figures.process import Process
from tests.app import retro_copy
from tests.app.conftest import Open, visible
from tests.app.world import World


@pytest.fixture
def published(desk: World) -> World:
    """Return a project whose retro is published."""
    retro_copy.publish(desk.serving, desk.store, published_at=datetime.now(UTC))
    return desk


def table(browser: AppTest, column: str) -> pd.DataFrame:
    """Return the first table that has a column."""
    return next(one.value for one in browser.dataframe if column in one.value.columns)


def test_the_map_is_told_in_tables_too(published: World, open_page: Open) -> None:
    browser = open_page("retro", weeks="all")
    steps, ways, again = (table(browser, column) for column in ("Steps", "Way", "What"))
    slowest = steps[steps["Mark"] == "slowest"].to_dict("records")
    assert [(row["From"], row["To"], row["Median"]) for row in slowest] == [
        ("Reopened", "Resolved", "2 h")
    ]
    assert "Slowest: the step with the longest median" in visible(browser)
    assert ways["Way"].tolist()[:2] == [
        "Opened > Taken > Resolved",
        "Opened > Taken > Still open",
    ]
    assert ways["Incidents"].tolist() == [3, 2, 1, 1]
    assert again["What"].tolist() == ["Resolved > Reopened > Resolved"]


def test_rare_steps_can_be_left_out(published: World, open_page: Open) -> None:
    browser = open_page("retro", weeks="all")
    assert len(table(browser, "Steps")) == 9
    browser.number_input(key="process_least").set_value(4).run()
    steps = table(browser, "Steps")
    assert steps["Steps"].tolist() == [7, 6, 4, 4]
    assert steps[steps["Mark"] == "slowest"]["From"].tolist() == ["Taken"]


def test_what_is_beyond_the_first_ways_is_one_row() -> None:
    found = Process(
        edges=[{"from_activity": "start", "to_activity": "opened", "steps": 10}],
        activities=[],
        variants=[
            {"path": path, "variants": 6, "incidents": incidents, "median_seconds": 60.0}
            for path, incidents in (("opened > resolved", 5), ("opened > taken > resolved", 2))
        ],
        rework=[],
    )
    assert [(row["Way"], row["Incidents"]) for row in process_tables.ways(found)] == [
        ("Opened > Resolved", 5),
        ("Opened > Taken > Resolved", 2),
        ("4 other ways", 3),
    ]
    assert process_tables.ways(found, 1)[-1]["Incidents"] == 5


def test_the_map_is_that_of_the_period(published: World, open_page: Open) -> None:
    steps = table(open_page("retro"), "Steps").to_dict("records")
    found = {(row["From"], row["To"]): row["Steps"] for row in steps}
    assert found["Start", "Opened"] == 5
    assert found["Opened", "Cleared by itself"] == 1
    assert found["Taken", "Still open"] == 1


def test_work_that_nobody_recorded_is_unknown(published: World, open_page: Open) -> None:
    browser = open_page("retro")
    by_type = table(browser, "Ended with minutes")
    assert by_type["Type"].tolist() == ["Late"]
    assert by_type["Minutes"].tolist() == ["60"]
    assert by_type["Ended with minutes"].tolist() == ["3 of 4"]
    weeks = table(browser, "With minutes")
    assert weeks["Minutes"].tolist() == ["60", "60", "–"]
