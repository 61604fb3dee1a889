"""`routing:` of opsloop.yml: what a rule may say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    StrictBool,
    StrictStr,
    Tag,
    field_validator,
    model_validator,
)

from opsloop.assignment import Assign
from opsloop.config.calendars import CalendarReference
from opsloop.config.routing.words import (
    Classes,
    Days,
    Hours,
    Number,
    Patterns,
    RuleName,
    Severities,
    TimeZone,
    Values,
)
from opsloop.config.schema import Strict, TeamName
from opsloop.config.service_levels import ServiceLevelName
from opsloop.faults import Path, refuse
from opsloop.routing import Rule
from opsloop.routing.conditions import (
    ALWAYS,
    DAY_MINUTES,
    DAYS,
    Condition,
    Evidence,
    Name,
    Named,
    OpenHours,
    WallClock,
)
from opsloop.routing.values import Null, OneOf, Test, Within
from opsloop.words import listed


class Said(Strict):
    """What refuses a key with nothing after it: in a rule it would silently ask for less."""

    @field_validator("*", mode="before")
    @classmethod
    def _is_said(cls, value: Any) -> Any:
        if value is None:
            raise refuse("Nothing stands there.", "Fill it in, or remove the key.")
        return value


class BoundSettings(Said):
    """Bounds of a column of the evidence, or that it is null or not."""

    at_least: Number | None = None
    above: Number | None = None
    at_most: Number | None = None
    below: Number | None = None
    is_null: StrictBool | None = None

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        given = self.model_dump(exclude_none=True)
        if not given:
            raise refuse("It asks nothing.", f"Write {listed(type(self).model_fields)}.")
        if self.is_null is not None and len(given) > 1:
            raise refuse("A null is within no bounds.", "Keep the bounds, or is_null alone.")
        if self.is_null is None and Within(**given).is_empty:
            raise refuse(f"No number is {Within(**given)}.", "Swap the bounds, or remove one.")
        return self

    def test(self) -> Test:
        """Return what is asked, as routing asks it."""
        if self.is_null is not None:
            return Null(self.is_null)
        return Within(self.at_least, self.above, self.at_most, self.below)


def _branch(value: Any) -> str:
    return "[bounds]" if isinstance(value, dict | BoundSettings) else "[values]"


# the tags stand in brackets as what pydantic adds to a fault's place, not people
ColumnTest = Annotated[
    Annotated[BoundSettings, Tag("[bounds]")] | Annotated[Values, Tag("[values]")],
    Discriminator(_branch),
]


class TimeSettings(Said):
    """When a rule holds: while a calendar is open or closed, or on days and at hours of a zone."""

    calendar: CalendarReference | None = None
    is_open: StrictBool | None = None
    days: Days | None = None
    hours: Hours | None = None
    time_zone: TimeZone | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.calendar is None) != (self.is_open is None):
            raise refuse(
                "calendar and is_open need each other.",
                "Write both, such as `{calendar: office, is_open: false}`.",
            )
        if (self.days or self.hours) and self.time_zone is None:
            raise refuse(
                "Days and hours need a time zone.", "Add `time_zone: America/New_York`, or `UTC`."
            )
        if not (self.calendar or self.days or self.hours):
            raise refuse("It asks nothing.", "Add calendar and is_open, or days or hours.")
        if self.calendar == ALWAYS and self.is_open is False:
            raise refuse(
                f"The calendar '{ALWAYS}' is never closed.", "Name a calendar that closes."
            )
        return self

    def conditions(self) -> Iterator[Condition]:
        """Yield what is asked, as routing asks it."""
        if self.calendar is not None and self.is_open is not None:
            yield OpenHours(self.calendar, self.is_open)
        if self.time_zone is not None:
            days = self.days or tuple(range(len(DAYS)))
            yield WallClock(days, self.hours or ((0, DAY_MINUTES),), self.time_zone)


class WhenSettings(Said):
    """What a rule asks; all of it must hold."""

    monitor: Patterns = ()
    severity: Severities = ()
    entity: Patterns = ()
    class_: Annotated[Classes, Field(alias="class")] = ()
    evidence: dict[StrictStr, ColumnTest] = Field(default_factory=dict)
    time: TimeSettings | None = None

    def conditions(self) -> Iterator[Condition]:
        """Yield what is asked, as routing asks it."""
        named: tuple[tuple[Name, tuple[str, ...]], ...] = (
            ("monitor", self.monitor),
            ("severity", self.severity),
            ("entity", self.entity),
            ("class", self.class_),
        )
        yield from (Named(key, patterns) for key, patterns in named if patterns)
        for column, asked in self.evidence.items():
            test = asked.test() if isinstance(asked, BoundSettings) else OneOf(asked)
            yield Evidence(column, test)
        if self.time is not None:
            yield from self.time.conditions()


class RuleSettings(Said):
    """A rule under `routing:`; the first one whose `when` holds says where an incident goes."""

    name: RuleName
    when: WhenSettings = WhenSettings()
    team: TeamName | None = None
    service_level: ServiceLevelName | None = None
    assign: Assign | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.team or self.service_level or self.assign):
            raise refuse(
                f"The rule '{self.name}' does nothing.", "Add team, service_level or assign."
            )
        return self

    def rule(self) -> Rule:
        """Return the rule as routing knows it."""
        conditions = tuple(self.when.conditions())
        return Rule(self.name, conditions, self.team, self.service_level, self.assign)


def _no_rules(value: Any) -> Any:
    return () if value is None else value


Routing = Annotated[tuple[RuleSettings, ...], BeforeValidator(_no_rules)]


def keys_at(path: Path) -> list[str]:
    """Return the keys that the mapping at `path`, which begins with `routing`, may have."""
    match path[2:]:
        case ():
            return list(RuleSettings.model_fields)
        case ("when",):
            return [field.alias or name for name, field in WhenSettings.model_fields.items()]
        case ("when", "time"):
            return list(TimeSettings.model_fields)
        case _:
            return list(BoundSettings.model_fields)
