"""`maintenance:` of opsloop.yml: the windows in which events open nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StrictStr, model_validator

from opsloop.config.routing.rules import Said
from opsloop.config.routing.words import Days, Hours, Patterns, RuleName, TimeZone
from opsloop.faults import Path, refuse
from opsloop.routing.conditions import DAY_MINUTES, DAYS
from opsloop.suppression import EVERY, Once, Weekly, Window


def _moment(value: Any) -> Any:
    """Return a moment; one without a zone is meant in the window's."""
    if isinstance(value, datetime):
        # plain, where YAML's own type remembers how it was written
        return datetime.combine(value.date(), value.timetz())
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise refuse(f"'{value}' is not a moment.", "Write it as 2026-11-28 22:00.")


Moment = Annotated[datetime, BeforeValidator(_moment)]


class WindowSettings(Said):
    """A window under `maintenance:`: from one moment to another, or hours of every week."""

    name: RuleName
    monitors: Patterns = EVERY
    entities: Patterns = EVERY
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None
    days: Days | None = None
    hours: Hours | None = None
    time_zone: TimeZone | None = None
    reason: StrictStr = ""

    @model_validator(mode="after")
    def _has_a_time(self) -> Self:
        is_once = self.from_ is not None or self.to is not None
        is_weekly = bool(self.days or self.hours)
        if is_once == is_weekly:
            raise refuse(
                f"The window '{self.name}' has "
                + ("both moments and hours of the week." if is_once else "no time."),
                'Write from and to, or days and hours such as `days: sun, hours: "02:00-04:00"`.',
            )
        if is_weekly and self.time_zone is None:
            raise refuse(
                "Days and hours need a time zone.", "Add `time_zone: America/New_York`, or `UTC`."
            )
        if is_once and (self.from_ is None or self.to is None):
            raise refuse("from and to need each other.", "Write both.")
        when = self._time()
        if isinstance(when, Once) and when.ends_at <= when.starts_at:
            raise refuse(
                f"It ends at {when.ends_at:%Y-%m-%d %H:%M} UTC, not after it begins at "
                f"{when.starts_at:%Y-%m-%d %H:%M} UTC.",
                "Swap from and to.",
            )
        return self

    def window(self) -> Window:
        """Return the window as sync asks it."""
        return Window(self.name, self._time(), self.monitors, self.entities, self.reason)

    def _time(self) -> Once | Weekly:
        if self.from_ is not None and self.to is not None:
            return Once(self._in_utc(self.from_), self._in_utc(self.to))
        days = self.days or tuple(range(len(DAYS)))
        return Weekly(days, self.hours or ((0, DAY_MINUTES),), self.time_zone or "UTC")

    def _in_utc(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.time_zone or "UTC"))
        return moment.astimezone(UTC)


def _no_windows(value: Any) -> Any:
    return () if value is None else value


Maintenance = Annotated[tuple[WindowSettings, ...], BeforeValidator(_no_windows)]


def keys_at(path: Path) -> list[str]:
    """Return the keys that the mapping at `path`, which begins with `maintenance`, may have."""
    fields = WindowSettings.model_fields
    return [field.alias or name for name, field in fields.items()] if len(path) == 2 else []
