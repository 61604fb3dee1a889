"""Imported logs: their weeks are known within their windows alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsloop.errors import Refused
from opsloop.improvements import Part
from opsloop.service import Service
from opsloop.service.judging import require_judgeable
from opsloop.service.outlook import forecasts, stability
from opsloop.service.weekly import series_of
from opsloop.warehouse.serving import ServingCopy
from tests.integration.improving import START, Clock
from tests.integration.weekly_copy import FIRST_WEEK, calm, publish


def imported(
    service: Service, clock: Clock, tmp_path: Path, *windows: dict[str, Any]
) -> ServingCopy:
    """Publish twenty weeks of an imported log, and what its imports declare."""
    none: dict[str, Any] = {"window_from": None, "window_to": None, "complete_for": None}
    found = [{"source": "other", **none}, *windows]
    at = datetime(2026, 3, 4, 9)  # noqa: DTZ001, as the warehouse has it
    shared = {"imported_at": at, "rows_imported": 1200}
    numbered = [
        {"import_id": number, "file_name": f"log_{number}.csv", **shared} | one
        for number, one in enumerate(found, start=1)
    ]
    return publish(
        tmp_path,
        service.store,
        events={("source", "desk"): calm(20)},
        at=clock.later(8).replace(tzinfo=None),
        extra={"rpt_imports": numbered},
    )


def window(first: date, last: date, complete_for: str = "opened") -> dict[str, Any]:
    return {
        "source": "desk",
        "window_from": first,
        "window_to": last,
        "complete_for": complete_for,
    }


def test_an_imported_log_is_known_within_its_window_alone(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    source = Part("source", "desk")
    copy = imported(service, clock, tmp_path)
    with pytest.raises(Refused, match="Nothing that counts was imported from 'desk'"):
        series_of(copy, "arrivals", source)
    with pytest.raises(
        Refused,
        match=r"'other' .* \(log_1.csv, imported on 04 Mar 2026, 1,200 rows\): where",
    ):
        series_of(copy, "arrivals", Part("source", "other"))
    with pytest.raises(Refused, match="Nothing that counts was imported from 'desk'"):
        require_judgeable(copy, "arrivals", source)
    with pytest.raises(Refused, match="has no events of monitors"):
        series_of(copy, "events", source)


def test_weeks_that_a_window_does_not_hold_are_unknown(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    first, last = FIRST_WEEK + timedelta(days=8), FIRST_WEEK + timedelta(weeks=15, days=3)
    copy = imported(service, clock, tmp_path, window(first, last))
    series = series_of(copy, "arrivals", Part("source", "desk"))
    known = [monday for monday, figure in series.weeks.items() if figure is not None]
    assert known == [FIRST_WEEK + timedelta(weeks=week) for week in range(2, 15)]
    # nothing is expected to follow on weeks that the log does not tell of
    assert series.known_through == FIRST_WEEK + timedelta(weeks=15, days=-1)


def test_windows_that_meet_are_one(service: Service, clock: Clock, tmp_path: Path) -> None:
    middle = FIRST_WEEK + timedelta(weeks=5, days=2)
    later = window(middle + timedelta(days=1), FIRST_WEEK + timedelta(weeks=10, days=-1))
    copy = imported(service, clock, tmp_path, later, window(FIRST_WEEK, middle))
    series = series_of(copy, "arrivals", Part("source", "desk"))
    assert [figure is None for figure in series.weeks.values] == [False] * 10


def test_a_log_cut_by_its_closing_dates_is_refused(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    closed = window(FIRST_WEEK, START, "closed")
    copy = imported(service, clock, tmp_path, closed)
    with pytest.raises(
        Refused, match=r"for what was closed in its window \(log_2.csv, imported on 04 Mar"
    ):
        series_of(copy, "arrivals", Part("source", "desk"))
    for one in (*forecasts(copy, "source", "desk", 8), *stability(copy, "source", "desk")):
        assert "rise from nothing" in str(getattr(one, "reason", None) or one.forecast.reason)
