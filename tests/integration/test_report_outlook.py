"""Which weeks the retro draws: those that are known, and what is expected behind them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from opsloop.reporting import first_screen, further
from opsloop.reporting.figure import Figure, View
from opsloop.service import Service
from opsloop.service.figures.parts import Part
from opsloop.service.figures.periods import ALL_TIME, Period
from opsloop.warehouse.serving import ServingCopy
from tests.integration.weekly_copy import FIRST_WEEK, calm, publish

WEEK = timedelta(weeks=1)
KNOWN, NOT_KNOWN = 40, 3  # weeks within an imported log's window, and beyond it
IN_WINDOW = {
    "import_id": 1,
    "imported_at": datetime(2026, 3, 4),  # noqa: DTZ001, as the warehouse has it
    "file_name": "desk.csv",
    "rows_imported": 1_200,
    "source": "desk",
    "window_from": FIRST_WEEK,
    "window_to": FIRST_WEEK + KNOWN * WEEK - timedelta(days=1),
    "complete_for": "opened",
}
NO_MINUTES = {
    "dimension": "source",
    "dimension_value": "desk",
    "week_start": FIRST_WEEK,
    "minutes": None,
}
COUNTS = dict.fromkeys(
    (
        "backlog_start", "opened", "reopened", "moved_in", "resolved", "merged", "moved_out",
        "backlog_end", "self_resolved",
    ),
    0,
)  # fmt: skip


def drawn_days(figure: Figure) -> list[list[date]]:
    """Return the days of each layer of a figure's chart, from the first to the last."""
    assert figure.draw is not None
    layers = figure.draw(False).to_dict()["layer"]
    return [[date.fromisoformat(row["day"]) for row in one["data"]["values"]] for one in layers]


def test_the_weeks_before_a_forecast_end_where_it_begins(service: Service, tmp_path: Path) -> None:
    copy = publish(
        tmp_path,
        service.store,
        events={("source", "desk"): [*calm(KNOWN), *[0.0] * NOT_KNOWN]},
        extra={"rpt_imports": [IN_WINDOW], "rpt_work_weekly": [NO_MINUTES]},
    )
    arrivals, minutes = further.forecasts(copy, View(Part("source", "desk"), ALL_TIME))
    *ahead, past = drawn_days(arrivals)
    assert (past[-1], ahead[0][0]) == (FIRST_WEEK + (KNOWN - 1) * WEEK, FIRST_WEEK + KNOWN * WEEK)
    assert len(past) == further.PAST_SHOWN
    assert (minutes.draw, minutes.missing[:15]) == (None, "Not yet known: ")


def desk(service: Service, folder: Path) -> ServingCopy:
    """Publish weeks and days of an imported log; its window ends before the last."""
    part = {"dimension": "source", "dimension_value": "desk"}
    weeks = [FIRST_WEEK + number * WEEK for number in range(KNOWN + NOT_KNOWN)]
    days = [week + timedelta(days=number) for week in weeks for number in range(7)]
    return publish(
        folder,
        service.store,
        events={("source", "desk"): calm(1)},
        extra={
            "rpt_imports": [IN_WINDOW],
            "rpt_flow_weekly": [
                part
                | COUNTS
                | {"week_start": week, "iso_week": f"{week:%G-W%V}", "is_complete": True}
                for week in weeks
            ],
            "rpt_flow_daily": [part | COUNTS | {"day": day} for day in days],
        },
    )


def test_what_lies_beyond_the_window_of_an_imported_log_is_not_drawn_as_zero(
    service: Service, tmp_path: Path
) -> None:
    copy, view = desk(service, tmp_path), View(Part("source", "desk"), ALL_TIME)
    last = FIRST_WEEK + KNOWN * WEEK - timedelta(days=1)
    weeks = first_screen.arrivals(copy, view, "week").table
    assert [row["Period"] for row in weeks][-1] == f"{last:%G W%V}"
    days = first_screen.arrivals(copy, view, "day").table
    assert [row["Period"] for row in days][-1] == f"{last:%d %b %Y}"


def test_days_are_drawn_of_the_period_that_is_looked_at(service: Service, tmp_path: Path) -> None:
    second = Period(FIRST_WEEK + WEEK, FIRST_WEEK + 2 * WEEK)
    found = first_screen.arrivals(
        desk(service, tmp_path), View(Part("source", "desk"), second), "day"
    )
    assert found.draw is not None
    ground, *_ = found.draw(False).to_dict()["layer"]
    shaded = [row["period"] for row in ground["data"]["values"]]
    assert shaded == [f"{second.since + timedelta(days=day):%d %b %Y}" for day in range(7)]
