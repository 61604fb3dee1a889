"""`service_levels:` of opsloop.yml: what may stand there, and the policies that it means."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from opsloop.calendars import ALWAYS_NAME
from opsloop.clocks import OnReopen, Policy, Target
from opsloop.config.allowances import Allowance, seconds_of
from opsloop.config.calendars import CalendarReference, CalendarSettings, unknown_calendar
from opsloop.config.escalations import EscalationSettings, escalation_faults
from opsloop.faults import Fault, dotted, refuse
from opsloop.types import Priority, State
from opsloop.words import did_you_mean
from opsloop.yaml_source import YamlSource

WEEKS_PER_YEAR = 52


def _service_level_name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]{1,60}", value):
        raise refuse(
            f"'{value}' is not a service level's name.",
            "Use lower-case letters, digits, `_` and `-`, such as `standard`.",
        )
    return value


def _share(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise refuse(f"{value!r} is not a share of the target.", "Write a number such as 0.8.")
    return value


def _distinct(states: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(states)) < len(states):
        raise refuse("A state stands there twice.", "Keep one.")
    return states


PausingState = Literal["waiting", "snoozed"]
ServiceLevelName = Annotated[str, AfterValidator(_service_level_name)]


class ServiceLevelSettings(EscalationSettings):
    """What opsloop.yml says of a service level under its name."""

    calendar: CalendarReference | None = None
    pause: Annotated[tuple[PausingState, ...], AfterValidator(_distinct)] = ("waiting",)
    on_reopen: OnReopen = OnReopen.CONTINUE
    nearing: Annotated[float, BeforeValidator(_share)] = 0.8
    targets: dict[Target, dict[Priority, Allowance]] = Field(min_length=1)

    def policy(self) -> Policy:
        """Return what it means for the clocks."""
        return Policy(
            targets={
                target: {priority: seconds_of(time) for priority, time in times.items()}
                for target, times in self.targets.items()
            },
            calendar=self.calendar,
            pauses=frozenset(State(word) for word in self.pause),
            on_reopen=self.on_reopen,
            nearing=self.nearing,
        )


ServiceLevelMap = dict[ServiceLevelName, ServiceLevelSettings]


def service_level_faults(
    source: YamlSource,
    levels: Mapping[str, ServiceLevelSettings],
    calendars: Mapping[str, CalendarSettings],
    *,
    teams: Mapping[str, object],
    people: Collection[str],
) -> Iterator[Fault]:
    """Yield what is wrong between the service levels of a file and all else.

    Args:
        source: the file, for the lines.
        levels: those that the file defines.
        calendars: of all files; so are teams and people.
    """
    for name, level in levels.items():
        path = ("service_levels", name)
        yield from escalation_faults(
            source, path, level, targets=level.targets, teams=teams, people=people
        )
        yield from unknown_calendar(source, (*path, "calendar"), level.calendar, calendars)
        calendar = calendars.get(level.calendar or ALWAYS_NAME)
        if calendar is not None:
            yield from _targets_beyond_a_year(source, path, level, calendar)


def unknown_service_level(
    source: YamlSource,
    path: tuple[str | int, ...],
    name: str | None,
    levels: Mapping[str, ServiceLevelSettings],
) -> Iterator[Fault]:
    """Yield a fault if what stands at `path` names a service level that does not exist."""
    if name is None or name in levels:
        return
    yield Fault(
        source.file,
        source.line_of(path),
        dotted(path),
        f"There is no service level '{name}'.{did_you_mean(name, levels)}",
        "Define it under `service_levels`, or name another.",
    )


def _targets_beyond_a_year(
    source: YamlSource,
    path: tuple[str, ...],
    level: ServiceLevelSettings,
    calendar: CalendarSettings,
) -> Iterator[Fault]:
    """Yield a fault for each target that its calendar's hours of a year cannot hold."""
    year_s = calendar.open_s_per_week() * WEEKS_PER_YEAR
    for target, times in level.targets.items():
        for priority, time in times.items():
            if seconds_of(time) <= year_s:
                continue
            place = (*path, "targets", str(target), priority)
            yield Fault(
                source.file,
                source.line_of(place),
                dotted(place),
                f"The calendar '{level.calendar}' is open {year_s / 3600:,.0f} hours a year, less "
                f"than the target's {seconds_of(time) / 3600:,.0f}.",
                "Give a shorter target; it counts open hours alone.",
            )
