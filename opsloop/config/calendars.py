"""`calendars:` of opsloop.yml: what may stand there, and the rules that it means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from opsloop.calendars import ALWAYS_NAME, DAY_MINUTES, Rules, Slot
from opsloop.config.schema import Strict, nothing_is_empty
from opsloop.faults import Fault, dotted, refuse
from opsloop.words import did_you_mean, listed
from opsloop.yaml_source import YamlSource

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_CLOSURE = timedelta(days=366)

_SLOT = re.compile(r"(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)")
_NOT_A_PLACE = {"Factory", "localtime", "posixrules"}  # what the machine makes of them


def _calendar_name(value: str) -> str:
    if value == ALWAYS_NAME:
        raise refuse(f"'{ALWAYS_NAME}' exists without being defined.", "Use another name.")
    return _calendar_reference(value)


def _calendar_reference(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]{1,60}", value):
        raise refuse(
            f"'{value}' is not a calendar's name.",
            "Use lower-case letters, digits, `_` and `-`, such as `office_nyc`.",
        )
    return value


def _time_zone(value: str) -> str:
    if not _is_zone(value):
        known = available_timezones() - _NOT_A_PLACE
        raise refuse(
            f"There is no time zone '{value}'.{did_you_mean(value, known)}",
            "Write an IANA name such as `Europe/Rome`.",
        )
    return value


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones
        return False
    return name not in _NOT_A_PLACE


def _slot(value: Any) -> Any:
    """Return the slot of a text such as `08:00-12:00`."""
    match = _SLOT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise refuse(f"{value!r} are not hours.", 'Write them as "08:00-12:00".')
    numbers = [int(group) for group in match.groups()]
    opens, closes = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if max(numbers[1], numbers[3]) > 59 or max(opens, closes) > DAY_MINUTES:
        raise refuse(f"'{value}' is not on the clock.", "A day has 00:00 to 24:00.")
    if closes < opens:
        raise refuse(
            f"'{value}' ends before it begins.",
            "Hours past midnight are two slots: until 24:00, and from 00:00 on the next day.",
        )
    if opens == closes:
        raise refuse(f"'{value}' has no length.", "Remove it; a whole day is 00:00-24:00.")
    return Slot(opens, closes)


def _apart(slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
    for before, after in pairwise(sorted(slots)):
        if after.opens < before.closes:
            raise refuse(
                f"{_shown(before)} and {_shown(after)} overlap.", "Join them, or part them."
            )
    return tuple(sorted(slots))


def _shown(slot: Slot) -> str:
    return "{:02}:{:02}-{:02}:{:02}".format(*divmod(slot.opens, 60), *divmod(slot.closes, 60))


def _days(words: str) -> list[int]:
    """Return the weekdays that a key such as `mon-thu, sat` names, Monday = 0."""
    found = []
    for part in words.split(","):
        first, *rest = [_day(word.strip(), words) for word in part.split("-", 1)]
        last = rest[0] if rest else first
        found += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return found


def _day(word: str, words: str) -> int:
    if word not in DAYS:
        raise refuse(
            f"'{word}' is not a day.{did_you_mean(word, DAYS)}",
            f"Write {listed(DAYS)}, ranges such as `mon-fri` and lists such as `mon, wed`.",
        )
    return DAYS.index(word)


def _week(hours: Any) -> Any:
    """Refuse hours without any day, and days with hours in two places."""
    if not isinstance(hours, dict):
        return hours
    if not any(hours.values()):
        raise refuse(
            "The calendar is never open, so that nothing would ever be due.",
            'Give at least one day hours, such as `mon-fri: ["08:00-17:00"]`.',
        )
    seen: dict[int, str] = {}
    for words in hours:
        for day in _days(str(words)):
            if day in seen:
                raise refuse(
                    f"'{DAYS[day]}' has hours at '{seen[day]}' and at '{words}'.",
                    "Name each day once; it may have several slots.",
                )
            seen[day] = str(words)
    return {str(words): slots for words, slots in hours.items()}


def _date(value: Any) -> Any:
    """Return a date; pydantic would take numbers for seconds since 1970."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise refuse(f"'{value}' is not a date.", "Write it as 2026-12-24.")


def _with_text_keys(value: Any) -> Any:
    """Return a mapping with the keys as the file shows them: YAML makes dates of some."""
    return {str(key): one for key, one in value.items()} if isinstance(value, dict) else value


Time = Annotated[Slot, BeforeValidator(_slot)]
Hours = Annotated[tuple[Time, ...], AfterValidator(_apart)]
Day = Annotated[date, BeforeValidator(_date)]
CalendarReference = Annotated[str, AfterValidator(_calendar_reference)]


class DateRange(Strict):
    """Dates from one to another, both included."""

    from_: Day = Field(alias="from")
    to: Day

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.to < self.from_:
            raise refuse(f"It ends on {self.to}, before it begins on {self.from_}.", "Swap them.")
        if self.to - self.from_ >= LONGEST_CLOSURE:
            raise refuse(
                f"It goes from {self.from_} to {self.to}, which is more than a year.",
                "Check the years; write a longer closure as several.",
            )
        return self

    def dates(self) -> Iterator[date]:
        """Yield each date."""
        for number in range(self.from_.toordinal(), self.to.toordinal() + 1):
            yield date.fromordinal(number)


def _closure(value: Any) -> Any:
    """Return a date as a range of one."""
    return value if isinstance(value, dict) else {"from": _date(value), "to": _date(value)}


class HolidaySettings(Strict):
    """The public holidays of a country, or of a part of it, as the `holidays` library has them."""

    country: str
    subdivision: str | None = None

    @model_validator(mode="after")
    def _are_known(self) -> Self:
        if not _has_holidays(self.country, None):
            raise _unknown_country(self.country)
        if self.subdivision is not None and not _has_holidays(self.country, self.subdivision):
            raise _unknown_subdivision(self.country, self.subdivision)
        return self

    def dates(self, years: Iterable[int]) -> Iterator[date]:
        """Yield the holidays of the years, and the days on which they are observed."""
        import holidays  # takes a moment, and few calendars need it

        yield from holidays.country_holidays(self.country, self.subdivision, years=years)


def _has_holidays(country: str, subdivision: str | None) -> bool:
    import holidays

    try:
        holidays.country_holidays(country, subdivision)
    except NotImplementedError:
        return False
    return True


def _unknown_country(country: str) -> PydanticCustomError:
    import holidays

    near = did_you_mean(country, holidays.list_supported_countries())
    return refuse(
        f"There are no holidays of a country '{country}'.{near}",
        "Write its ISO code, such as `US`.",
    )


def _unknown_subdivision(country: str, subdivision: str) -> PydanticCustomError:
    import holidays

    known = holidays.list_supported_countries()[country]
    return refuse(
        f"'{country}' has no subdivision '{subdivision}'.{did_you_mean(subdivision, known)}",
        f"Known: {', '.join(known)}." if known else "Remove `subdivision`.",
    )


class CalendarSettings(Strict):
    """What opsloop.yml says of a calendar under its name."""

    time_zone: Annotated[str, AfterValidator(_time_zone)]
    hours: Annotated[dict[str, Hours], BeforeValidator(_week), BeforeValidator(nothing_is_empty)]
    holidays: HolidaySettings | None = None
    closed: tuple[Annotated[DateRange, BeforeValidator(_closure)], ...] = ()
    open: Annotated[dict[Day, Hours], BeforeValidator(_with_text_keys)] = Field(
        default_factory=dict
    )

    def week(self) -> tuple[tuple[Slot, ...], ...]:
        """Return the slots of Monday to Sunday."""
        by_day = {day: slots for words, slots in self.hours.items() for day in _days(words)}
        return tuple(by_day.get(day, ()) for day in range(len(DAYS)))

    def open_s_per_week(self) -> int:
        """Return the open seconds of a week without holidays and clock changes."""
        return sum((slot.closes - slot.opens) * 60 for slots in self.week() for slot in slots)


CalendarMap = dict[Annotated[str, AfterValidator(_calendar_name)], CalendarSettings]


def rules_of(settings: CalendarSettings, years: Iterable[int]) -> Rules:
    """Return a calendar's rules.

    Args:
        years: those of the horizon, whose holidays are looked up.
    """
    closed = {day for closure in settings.closed for day in closure.dates()}
    if settings.holidays:
        closed.update(settings.holidays.dates(years))
    return Rules(
        time_zone=settings.time_zone,
        week=settings.week(),
        closed=frozenset(closed),
        exceptions=dict(settings.open),
    )


def unknown_calendar(
    source: YamlSource,
    path: tuple[str | int, ...],
    name: str | None,
    calendars: Mapping[str, CalendarSettings],
) -> Iterator[Fault]:
    """Yield a fault if what stands at `path` of a file names a calendar that does not exist."""
    if name is None or name == ALWAYS_NAME or name in calendars:
        return
    yield Fault(
        source.file,
        source.line_of(path),
        dotted(path),
        f"There is no calendar '{name}'.{did_you_mean(name, [*calendars, ALWAYS_NAME])}",
        f"Define it under `calendars`, or write `{ALWAYS_NAME}`.",
    )
