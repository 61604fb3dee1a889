"""The flights as published, read in plain Python: what the monitors are checked against.

Nothing here goes through opsloop or its SQL. Times are computed another way too: arrivals from the
clock at the destination, by the time zones that the airports' file names.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

NOT_LISTED = {"BQN", "PSE", "SJU", "STT"}  # airports in Atlantic time that the file leaves out


@dataclass(frozen=True)
class Flight:
    """One flight with what became of it in the end; times are UTC, without a zone."""

    carrier: str
    number: str
    tail: str | None
    origin: str
    destination: str
    day: date
    local_hour: int
    due: datetime
    left: datetime | None
    due_in: datetime
    came_in: datetime | None

    @property
    def cancelled(self) -> datetime | None:
        """When its cancellation is known, if it is cancelled."""
        return self.due - timedelta(hours=2) if self.left is None else None

    @property
    def diverted(self) -> datetime | None:
        """When its diversion is known, if it is diverted."""
        if self.left is None or self.came_in is not None:
            return None
        return self.left + (self.due_in - self.due)

    def waits(self, now: datetime) -> bool:
        """Return whether it was due and is still at its gate, not cancelled."""
        return self.due <= now and self.left is not None and self.left > now

    def flies(self, now: datetime) -> bool:
        """Return whether it is in the air as far as was known."""
        ends = self.came_in or self.diverted
        return self.left is not None and ends is not None and self.left <= now < ends

    def late_by(self, now: datetime) -> int:
        """Return the minutes it left late, so far if it still waits."""
        left = self.left if self.left is not None and self.left <= now else now
        return int((left - self.due).total_seconds() // 60)

    def arrives_late_by(self, now: datetime) -> int:
        """Return the minutes a flight in the air will be late if it takes its scheduled time."""
        assert self.left is not None
        expected = max(self.left + (self.due_in - self.due), now)
        return int((expected - self.due_in).total_seconds() // 60)

    def entity_id(self, shift: timedelta) -> str:
        """Return its id in the warehouse, where days are moved."""
        return f"{self.carrier}{self.number}-{self.origin}-{self.day + shift}"


@dataclass
class Published:
    """The flights of some days, and all departures of the year as (tail number, moment)."""

    flights: list[Flight] = field(default_factory=list)
    departures: list[tuple[str, datetime]] = field(default_factory=list)

    def departures_by_tail(self, until: datetime) -> Counter[str]:
        """Return tail number → departures up to a moment."""
        return Counter(tail for tail, left in self.departures if left <= until)


def read_published(folder: Path, days: Iterable[date]) -> Published:
    """Read the file once, which takes seconds."""
    wanted = {(str(day.year), str(day.month), str(day.day)) for day in days}
    zones = _zones(folder)
    published = Published()
    for row in _rows(folder):
        late = _minutes(row["dep_delay"])
        if late is not None:
            published.departures.append((row["tailnum"], _due(row) + late))
        if (row["year"], row["month"], row["day"]) in wanted:
            published.flights.append(_flight(row, zones))
    return published


def read_seats(folder: Path) -> dict[str, int]:
    """Return tail number → seats of the register."""
    with (folder / "planes.csv").open(newline="") as file:
        return {row["tailnum"]: int(row["seats"]) for row in csv.DictReader(file)}


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    with (
        zipfile.ZipFile(folder / "flights.csv.zip") as archive,
        archive.open("flights.csv") as file,
    ):
        yield from csv.DictReader(io.TextIOWrapper(file, newline=""))


def _zones(folder: Path) -> dict[str, ZoneInfo]:
    with (folder / "airports.csv").open(newline="") as file:
        listed = {row["faa"]: row["tzone"] for row in csv.DictReader(file)}
    named = {code: ZoneInfo(zone) for code, zone in listed.items() if "/" in zone}
    return named | dict.fromkeys(NOT_LISTED, ZoneInfo("America/Puerto_Rico"))


def _flight(row: dict[str, str], zones: dict[str, ZoneInfo]) -> Flight:
    day = date(int(row["year"]), int(row["month"]), int(row["day"]))
    due = _due(row)
    due_in = _arrival(day, int(row["sched_arr_time"]), zones[row["dest"]], due)
    left, came_in = _minutes(row["dep_delay"]), _minutes(row["arr_delay"])
    return Flight(
        carrier=row["carrier"],
        number=row["flight"],
        tail=None if row["tailnum"] in ("", "NA") else row["tailnum"],
        origin=row["origin"],
        destination=row["dest"],
        day=day,
        local_hour=int(row["hour"]),
        due=due,
        left=None if left is None else due + left,
        due_in=due_in,
        came_in=None if came_in is None else due_in + came_in,
    )


def _due(row: dict[str, str]) -> datetime:
    hour = datetime.fromisoformat(row["time_hour"]).astimezone(UTC).replace(tzinfo=None)
    return hour + timedelta(minutes=int(row["minute"]))


def _arrival(day: date, clock: int, zone: ZoneInfo, due: datetime) -> datetime:
    """Return the first moment after departure at which the destination's clock shows this."""
    for shift in (0, 1):
        local = datetime(day.year, day.month, day.day, clock // 100, clock % 100, tzinfo=zone)
        moment = (local + timedelta(days=shift)).astimezone(UTC).replace(tzinfo=None)
        if moment > due:
            return moment
    raise AssertionError(f"no arrival at {clock} after {due}")


def _minutes(text: str) -> timedelta | None:
    return None if text in ("", "NA") else timedelta(minutes=int(text))
