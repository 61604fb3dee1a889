"""The flights' monitors fire for exactly what the published flights say, computed another way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from opsloop.demo.load import data_folder

from .conftest import Loaded
from .expected import EXPECTED, Desk
from .published import read_published, read_seats

SUMMER_STORM = datetime.fromisoformat("2013-07-08 01:00")  # Sunday evening in New York, in summer
WINTER_STORM = datetime.fromisoformat("2013-12-15 00:30")  # Saturday evening, snow
LATER = datetime.fromisoformat("2013-12-15 03:00")
MOMENTS = (SUMMER_STORM, WINTER_STORM, LATER)
WEATHER = {"mon_station_weather", "mon_silent_weather"}  # read no flights; unit tests check them


@pytest.fixture(scope="module")
def found(loaded: Loaded) -> dict[tuple[datetime, str], set[str]]:
    """Build at each moment, and return (moment, monitor) → entities that fire then.

    Events stay: those of an event monitor are all that it has found so far.
    """
    entities: dict[tuple[datetime, str], set[str]] = {}
    for moment in MOMENTS:
        result = loaded.build(moment, "--exclude-resource-type", "unit_test")
        assert result.success, [(node.name, node.message) for node in result.failed]
        for monitor in EXPECTED:
            rows = loaded.rows(
                f"select entity_id from {monitor} where cleared_at is null and absent_since is null"
            )
            entities[moment, monitor] = {row[0] for row in rows}
    return entities


@pytest.fixture(scope="module")
def desks(loaded: Loaded, monitor_params: dict[str, dict[str, Any]]) -> dict[datetime, Desk]:
    """Return moment → what a desk could know then."""
    spans = {
        moment: {moment.date() + timedelta(days=n) for n in range(-31, 3)} for moment in MOMENTS
    }
    published = read_published(data_folder(), set().union(*spans.values()))
    seats = read_seats(data_folder())
    return {
        moment: Desk(
            now=moment,
            shift=loaded.shift,
            flights=[flight for flight in published.flights if flight.day in span],
            params=monitor_params,
            departures_by_tail=published.departures_by_tail(until=moment),
            seats=seats,
        )
        for moment, span in spans.items()
    }


@pytest.mark.parametrize("monitor", EXPECTED)
@pytest.mark.parametrize("moment", MOMENTS)
def test_monitor_fires_for_what_was_published(
    monitor: str,
    moment: datetime,
    found: dict[tuple[datetime, str], set[str]],
    desks: dict[datetime, Desk],
    monitor_kinds: dict[str, str],
) -> None:
    is_event = monitor_kinds[monitor] == "event"
    moments = [past for past in MOMENTS if past == moment or (is_event and past < moment)]
    expected = set().union(
        *(EXPECTED[monitor](desks[past], desks[past].params[monitor]) for past in moments)
    )
    assert found[moment, monitor] == expected


def test_the_moments_make_the_monitors_fire(found: dict[tuple[datetime, str], set[str]]) -> None:
    silent = {name for name in EXPECTED if not any(found[moment, name] for moment in MOMENTS)}
    assert silent == set()


def test_every_monitor_is_compared_or_has_a_reason(monitor_kinds: dict[str, str]) -> None:
    assert set(EXPECTED) | WEATHER == set(monitor_kinds)


def test_late_departures_clear_because_they_left_or_were_cancelled(
    loaded: Loaded, found: dict[tuple[datetime, str], set[str]], desks: dict[datetime, Desk]
) -> None:
    desk = desks[LATER]
    gone = found[WINTER_STORM, "mon_late_departures"] - found[LATER, "mon_late_departures"]
    flights = {flight.entity_id(desk.shift): flight for flight in desk.in_operation}
    assert gone
    for entity in gone:
        ended = flights[entity].left or flights[entity].cancelled
        assert ended is not None
        assert WINTER_STORM < ended <= LATER
    cleared = loaded.rows(
        f"""select entity_id from mon_late_departures
        where cleared_at = '{LATER + loaded.shift}' and cleared_reason = 'condition_cleared'"""
    )
    assert {row[0] for row in cleared} == gone


def test_impact_is_minutes_times_seats(
    loaded: Loaded, found: dict[tuple[datetime, str], set[str]], desks: dict[datetime, Desk]
) -> None:
    desk = desks[LATER]
    flights = {flight.entity_id(desk.shift): flight for flight in desk.in_operation}
    rows = loaded.rows(
        "select entity_id, impact, owner from mon_late_departures where cleared_at is null"
    )
    assert {row[0] for row in rows} == found[LATER, "mon_late_departures"]
    for entity, impact, owner in rows:
        flight = flights[entity]
        assert impact == flight.late_by(LATER) * desk.seats.get(flight.tail or "", 100)
        assert owner == f"station_{flight.origin.lower()}"
