"""How an incident's clocks stand, in words. Deadlines are said in the zone they are kept in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app import words
from opsloop.clocks import Clock, ClockState, Target, state_of

TARGET_WORDS: Mapping[Target, str] = {
    Target.ACKNOWLEDGE: "Acknowledge",
    Target.FIRST_RESPONSE: "First response",
    Target.RESOLVE: "Resolve",
    Target.TOTAL_RESOLVE: "Resolve for good",
    Target.NEXT_UPDATE: "Next update",
}
Zones = Mapping[str, str]  # calendar → its time zone


@dataclass(frozen=True, slots=True)
class Deadline:
    """One clock in words, and in fewer; `kind` is its state, for its colour."""

    label: str
    text: str
    short: str
    hint: str
    kind: str


def next_one(clocks: Sequence[Clock], zones: Zones, now: datetime) -> Deadline | None:
    """Return the deadline that comes first; a clock that stands still if none runs."""
    running = [clock for clock in clocks if clock.due_at]
    if running:
        return deadline(min(running, key=lambda clock: clock.due_at or now), zones, now)
    paused = [clock for clock in clocks if clock.paused_since]
    return deadline(paused[0], zones, now) if paused else None


def deadline(clock: Clock, zones: Zones, now: datetime) -> Deadline:
    """Return how a clock stands, in words."""
    state = state_of(clock, now).state
    return Deadline(
        TARGET_WORDS[clock.target],
        _text(clock, state, now),
        _short(clock, now),
        _hint(clock, zones),
        state.value,
    )


def _text(clock: Clock, state: ClockState, now: datetime) -> str:
    if state is ClockState.VOID:
        return "nothing to judge"
    if clock.stopped_at:
        used = words.duration(clock.consumed_s)
        if state is ClockState.MET:
            return f"met, after {used}"
        return f"missed by {words.duration(clock.consumed_s - clock.target_s)}"
    if clock.paused_since:
        left = clock.target_s - clock.consumed_s
        return "paused" + (f", {words.duration(left)} left" if left > 0 else ", overdue")
    assert clock.due_at
    seconds = (clock.due_at - now).total_seconds()
    return f"in {words.duration(seconds)}" if seconds >= 0 else f"{words.duration(-seconds)} over"


def _short(clock: Clock, now: datetime) -> str:
    if clock.due_at is None:
        return "paused" if clock.paused_since else ""
    seconds = (clock.due_at - now).total_seconds()
    return words.rough(seconds) if seconds >= 0 else f"{words.rough(-seconds)} over"


def _hint(clock: Clock, zones: Zones) -> str:
    target = f"{TARGET_WORDS[clock.target]} within {words.duration(clock.target_s)}"
    hours = "" if clock.calendar == "always" else f" of {words.readable(clock.calendar)} hours"
    due = f"; due {local(clock.due_at, zones.get(clock.calendar))}" if clock.due_at else ""
    return target + hours + due


def local(moment: datetime, zone: str | None) -> str:
    """Return a moment in a zone, by its name: Mon 23 Nov 14:00 EST."""
    return f"{moment.astimezone(ZoneInfo(zone) if zone else UTC):%a %d %b %H:%M %Z}"
