"""What each monitor must fire for, computed from the published flights in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from statistics import mean, stdev
from typing import Any

from .published import Flight

Params = dict[str, Any]
WEEK = timedelta(days=7)


@dataclass
class Desk:
    """What a desk could know at one moment of 2013."""

    now: datetime
    shift: timedelta
    flights: list[Flight]  # of more than the 29 days before now, and the day after
    params: dict[str, Params]
    departures_by_tail: Counter[str]
    seats: dict[str, int]

    @cached_property
    def in_operation(self) -> list[Flight]:
        """The flights of the operations' window."""
        first, last = self.now - WEEK, self.now + timedelta(days=1)
        return [flight for flight in self.flights if first <= flight.due <= last]

    def ids(self, condition: Callable[[Flight], bool]) -> set[str]:
        """Return the entity ids of the flights in operation that meet a condition."""
        return {f.entity_id(self.shift) for f in self.in_operation if condition(f)}

    def has_later_flight(self, flight: Flight) -> bool:
        """Return whether a flight that was not known as cancelled follows on the same day."""
        return any(
            (other.carrier, other.origin, other.destination, other.day)
            == (flight.carrier, flight.origin, flight.destination, flight.day)
            and other.due > flight.due
            and not (other.cancelled and other.cancelled <= self.now)
            for other in self.in_operation
        )

    def is_recent(self, moment: datetime | None, days: int) -> bool:
        """Return whether something happened in the last days."""
        return moment is not None and self.now - timedelta(days=days) < moment <= self.now


def late_departures(desk: Desk, params: Params) -> set[str]:
    return desk.ids(lambda f: f.waits(desk.now) and f.late_by(desk.now) >= params["minutes"])


def last_departures_at_risk(desk: Desk, params: Params) -> set[str]:
    return desk.ids(
        lambda f: (
            f.waits(desk.now)
            and f.late_by(desk.now) >= params["minutes"]
            and f.local_hour >= params["from_hour"]
            and not desk.has_later_flight(f)
        )
    )


def severe_departure_delays(desk: Desk, params: Params) -> set[str]:
    return desk.ids(
        lambda f: (
            desk.is_recent(f.left, params["days"]) and f.late_by(desk.now) >= params["minutes"]
        )
    )


def late_arrivals(desk: Desk, params: Params) -> set[str]:
    return desk.ids(
        lambda f: f.flies(desk.now) and f.arrives_late_by(desk.now) >= params["minutes"]
    )


def diversions(desk: Desk, params: Params) -> set[str]:
    return desk.ids(lambda f: desk.is_recent(f.diverted, params["days"]))


def cancellations(desk: Desk, params: Params) -> set[str]:
    return desk.ids(lambda f: desk.is_recent(f.cancelled, params["days"]))


def unassigned_aircraft(desk: Desk, params: Params) -> set[str]:
    ahead = desk.now + timedelta(hours=params["hours"])
    return desk.ids(
        lambda f: (
            f.tail is None and f.due <= ahead and f.cancelled is not None and f.cancelled > desk.now
        )
    )


def cancellation_waves(desk: Desk, params: Params) -> set[str]:
    due: Counter[str] = Counter()
    cancelled: Counter[str] = Counter()
    for flight in desk.in_operation:
        since = desk.now - timedelta(hours=params["hours"])
        if since < flight.due <= desk.now + timedelta(hours=2):
            key = f"{flight.carrier}-{flight.origin}"
            due[key] += 1
            cancelled[key] += flight.cancelled is not None
    return {
        key
        for key, count in cancelled.items()
        if count >= params["flights"] and count >= due[key] * params["percent"] / 100
    }


def broken_rotations(desk: Desk, params: Params) -> set[str]:
    """Walk each aircraft's flights: is there time to fly back and turn twice?"""
    found = set()
    turns = timedelta(minutes=params["turn_minutes"])
    tolerated = timedelta(minutes=params["minutes"])
    for before, flight in _pairs(desk):
        way_back = before.due_in - before.due
        planned = before.due_in + way_back + turns
        expected = _known_arrival(before, desk.now) + way_back + turns
        waits = not (flight.left and flight.left <= desk.now)
        if waits and planned <= flight.due and expected - flight.due >= tolerated:
            found.add(flight.entity_id(desk.shift))
    return found


def impossible_rotations(desk: Desk, params: Params) -> set[str]:
    found = set()
    for before, flight in _pairs(desk):
        if not desk.is_recent(flight.left, params["days"]):
            continue
        assert flight.left is not None
        back = _known_arrival(before, desk.now) + (before.due_in - before.due)
        if back - flight.left >= timedelta(minutes=params["minutes"]):
            found.add(flight.entity_id(desk.shift))
    return found


def repeatedly_late_aircraft(desk: Desk, params: Params) -> set[str]:
    late = Counter(
        flight.tail
        for flight in desk.in_operation
        if flight.tail
        and flight.left
        and flight.left <= desk.now
        and flight.late_by(desk.now) >= params["minutes"]
    )
    return {str(tail) for tail, count in late.items() if count >= params["departures"]}


def unregistered_aircraft(desk: Desk, params: Params) -> set[str]:
    return {
        tail
        for tail, count in desk.departures_by_tail.items()
        if tail not in desk.seats and count >= params["departures"]
    }


def station_congestion(desk: Desk, params: Params) -> set[str]:
    waiting = Counter(
        flight.origin
        for flight in desk.in_operation
        if flight.waits(desk.now) and flight.late_by(desk.now) >= params["minutes"]
    )
    return {station for station, count in waiting.items() if count >= params["flights"]}


def station_late_share(desk: Desk, params: Params) -> set[str]:
    return _unusual_shares(desk, params, lambda flight: flight.origin)


def carrier_late_share(desk: Desk, params: Params) -> set[str]:
    return _unusual_shares(desk, params, lambda flight: flight.carrier)


def _unusual_shares(desk: Desk, params: Params, key: Callable[[Flight], str]) -> set[str]:
    days: dict[str, dict[int, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for flight in desk.flights:
        age = desk.now - flight.due
        if timedelta(0) <= age < timedelta(days=29) and flight.left is not None:
            days[key(flight)][age.days].append(flight.late_by(desk.now) >= 15)
    return {name for name, by_day in days.items() if _is_unusual(by_day, params)}


def _is_unusual(by_day: dict[int, list[bool]], params: Params) -> bool:
    today = by_day.get(0, [])
    past = [mean(late) for age, late in by_day.items() if age > 0]
    if len(today) < params["flights"] or len(past) < max(2, params["past_days"]):
        return False
    return mean(today) > mean(past) + params["deviations"] * stdev(past)


def _pairs(desk: Desk) -> Iterator[tuple[Flight, Flight]]:
    """Yield each flight of an aircraft with the one before, as far as both were to be flown."""
    by_tail: dict[str, list[Flight]] = defaultdict(list)
    for flight in desk.in_operation:
        if flight.tail and not (flight.cancelled and flight.cancelled <= desk.now):
            by_tail[flight.tail].append(flight)
    for flights in by_tail.values():
        flights.sort(key=lambda flight: (flight.due, flight.entity_id(desk.shift)))
        yield from pairwise(flights)


def _known_arrival(flight: Flight, now: datetime) -> datetime:
    """Return when a flight came in, or when it was to be expected."""
    block = flight.due_in - flight.due
    if flight.left is None or flight.left > now:
        late = max(0, flight.late_by(now))
        return flight.due_in + timedelta(minutes=late)
    if flight.came_in is not None and flight.came_in <= now:
        return flight.came_in
    if flight.diverted is not None and flight.diverted <= now:
        return flight.diverted
    return max(flight.left + block, now)


EXPECTED: dict[str, Callable[[Desk, Params], set[str]]] = {
    "mon_late_departures": late_departures,
    "mon_last_departures_at_risk": last_departures_at_risk,
    "mon_severe_departure_delays": severe_departure_delays,
    "mon_late_arrivals": late_arrivals,
    "mon_diversions": diversions,
    "mon_cancellations": cancellations,
    "mon_cancellation_waves": cancellation_waves,
    "mon_broken_rotations": broken_rotations,
    "mon_impossible_rotations": impossible_rotations,
    "mon_unassigned_aircraft": unassigned_aircraft,
    "mon_repeatedly_late_aircraft": repeatedly_late_aircraft,
    "mon_unregistered_aircraft": unregistered_aircraft,
    "mon_station_congestion": station_congestion,
    "mon_station_late_share": station_late_share,
    "mon_carrier_late_share": carrier_late_share,
}
