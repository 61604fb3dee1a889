"""Which weeks the retro draws: those that are known, and what is expected behind them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from opsloop.reporting import first_screen, further
from opsloop.reporting.figure import Figure, View
from opsloop.service import Service
from opsloop.service.figures.parts import Part
from opsloop.service.figures.periods import ALL_TIME
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
    assert (minutes.draw, minutes.missing[:15]) == (None, "Not known yet: ")


def test_weeks_beyond_the_window_of_an_imported_log_are_not_drawn_as_zero(
    service: Service, tmp_path: Path
) -> None:
    part = {"dimension": "source", "dimension_value": "desk"}
    weeks = [FIRST_WEEK + number * WEEK for number in range(KNOWN + NOT_KNOWN)]
    copy = publish(
        tmp_path,
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
            "rpt_flow_daily": [part | COUNTS | {"day": FIRST_WEEK}],
        },
    )
    arrivals = first_screen.arrivals(copy, View(Part("source", "desk"), ALL_TIME))
    assert [row["Period"] for row in arrivals.table][-1] == f"{weeks[KNOWN - 1]:%G W%V}"
