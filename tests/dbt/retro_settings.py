"""What the random log's clocks go by: two versions of calendars and of service levels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from opsloop.calendars import ALWAYS, Calendar, Rules, Slot
from opsloop.clocks import ClockSettings, OnReopen, Policy, Target
from opsloop.types import State

from .retro_log import COUNTING, IMPORTS, REPLACED, WINDOWS, Row

HOUR = 3600
FIRST, LAST = date(2023, 1, 1), date(2024, 4, 30)
LUNCH = ((Slot(480, 720), Slot(780, 1020)),) * 5 + ((),) * 2
NIGHTS = ((Slot(0, 360), Slot(1200, 1440)),) * 7


def _calendar(name: str, zone: str, week: tuple[tuple[Slot, ...], ...]) -> Calendar:
    return Calendar.from_rules(name, Rules(zone, week), FIRST, LAST)


CALENDARS = {
    1: [_calendar("office", "America/New_York", LUNCH), _calendar("nights", "UTC", NIGHTS)],
    2: [_calendar("office", "Europe/Rome", LUNCH), _calendar("nights", "Asia/Kolkata", NIGHTS)],
}
TEAMS = {1: {"desk": "office", "night": "nights"}, 2: {"desk": "office", "tech": "office"}}
LEVELS = {
    1: {
        "standard": Policy(
            {
                Target.ACKNOWLEDGE: {"P1": HOUR, "P2": 4 * HOUR},
                Target.FIRST_RESPONSE: {"P1": 2 * HOUR, "P2": 8 * HOUR},
                Target.RESOLVE: {"P1": 8 * HOUR, "P2": 24 * HOUR, "P3": 80 * HOUR},
                Target.TOTAL_RESOLVE: {"P1": 10 * HOUR, "P2": 30 * HOUR},
                Target.NEXT_UPDATE: {"P1": 4 * HOUR},
            }
        ),
        "strict": Policy(
            {
                Target.RESOLVE: {"P1": 4 * HOUR, "P2": 16 * HOUR},
                Target.TOTAL_RESOLVE: {"P1": 4 * HOUR, "P2": 16 * HOUR},
                Target.NEXT_UPDATE: {"P1": 2 * HOUR, "P2": 20 * HOUR},
            },
            calendar="nights",
            pauses=frozenset({State.WAITING, State.SNOOZED}),
            on_reopen=OnReopen.RESTART,
        ),
    },
    2: {
        "standard": Policy(
            {
                Target.ACKNOWLEDGE: {"P1": 2 * HOUR, "P3": 40 * HOUR},
                Target.RESOLVE: {"P1": 12 * HOUR, "P2": 20 * HOUR},
            },
            calendar="always",
            pauses=frozenset(),
        ),
        "strict": Policy({Target.TOTAL_RESOLVE: {"P1": 6 * HOUR, "P2": 6 * HOUR, "P3": HOUR}}),
    },
}


def settings(policy_version: int | None, calendar_version: int | None) -> ClockSettings:
    """Return what clocks are computed by."""
    calendars = CALENDARS.get(calendar_version or 0, [])
    return ClockSettings(
        LEVELS.get(policy_version or 0, {}),
        {one.name: one for one in calendars},
        TEAMS.get(calendar_version or 0, {}),
    )


def mirrored() -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows of the mirror's tables of settings."""
    yield (
        "calendar_intervals",
        [
            {
                "calendar_version": version,
                "calendar": calendar.name,
                "starts_at": _naive(one.starts_at),
                "ends_at": _naive(one.ends_at),
                "open_before_s": one.open_before_s,
            }
            for version in (0, 1, 2)
            for calendar in (ALWAYS, *CALENDARS.get(version, ()))
            for one in calendar.intervals
        ],
    )
    yield (
        "imports",
        [
            {
                "import_id": number,
                "source": source,
                "is_current": number != REPLACED,
                "counts_reassignments": number == COUNTING,
                "window_to": WINDOWS.get(number),
            }
            for number, source in IMPORTS.items()
        ],
    )
    yield (
        "team_calendars",
        [
            {"calendar_version": version, "team": team, "calendar": calendar}
            for version, calendars in TEAMS.items()
            for team, calendar in calendars.items()
        ],
    )
    yield (
        "service_level_targets",
        [
            {
                "policy_version": version,
                "policy": name,
                "target": str(target),
                "priority": priority,
                "target_s": seconds,
                "calendar": level.calendar,
                "pauses_waiting": State.WAITING in level.pauses,
                "pauses_snoozed": State.SNOOZED in level.pauses,
                "restarts_on_reopen": level.on_reopen is OnReopen.RESTART,
            }
            for version, levels in LEVELS.items()
            for name, level in levels.items()
            for target, times in level.targets.items()
            for priority, seconds in times.items()
        ],
    )


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
