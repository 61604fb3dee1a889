"""`calendars:` and `service_levels:`: what they mean, and how each fault is reported."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO
from textwrap import dedent

import pytest
from pydantic import Field, ValidationError
from ruamel.yaml import YAML

from opsloop.calendars import Calendar, Slot
from opsloop.clocks import OnReopen, Policy, Target
from opsloop.config.calendars import CalendarMap, CalendarSettings, rules_of, unknown_calendar
from opsloop.config.schema import Strict
from opsloop.config.service_levels import (
    ServiceLevelMap,
    ServiceLevelSettings,
    service_level_faults,
    unknown_service_level,
)
from opsloop.faults import faults_of
from opsloop.types import State
from opsloop.yaml_source import YamlSource


class File(Strict):
    """The parts of opsloop.yml that are looked at here."""

    calendars: CalendarMap = Field(default_factory=dict)
    service_levels: ServiceLevelMap = Field(default_factory=dict)
    default_service_level: str | None = None


OFFICE = """\
calendars:
  office_nyc:
    time_zone: America/New_York
    hours:
      mon-fri: ["08:00-12:00", "13:00-17:00"]
      sat: ["22:00-24:00"]
    holidays: {country: US, subdivision: NY}
    closed: [2026-12-24, {from: 2026-12-27, to: 2027-01-03}]
    open: {2026-11-28: ["10:00-14:00"]}
"""
STANDARD = """\
service_levels:
  standard:
    calendar: office_nyc
    pause: [waiting, snoozed]
    on_reopen: restart
    nearing: 0.75
    targets:
      acknowledge: {P1: {minutes: 15}, P2: {hours: 1}}
      resolve:
        P1: {hours: 1, minutes: 30}
"""


def read(text: str) -> tuple[YamlSource, File]:
    source = YamlSource("opsloop.yml", YAML(typ="rt", pure=True).load(StringIO(dedent(text))))
    return source, File.model_validate(source.data)


def faults(text: str) -> list[str]:
    """Return what is wrong with a file, cross references included."""
    try:
        source, file = read(text)
    except ValidationError as error:
        source = YamlSource("opsloop.yml", YAML(typ="rt", pure=True).load(StringIO(text)))
        found = faults_of(
            error,
            file="opsloop.yml",
            line_of=source.line_of,
            keys_at=lambda path: list(CalendarSettings.model_fields),
        )
        return [str(fault) for fault in found]
    found = service_level_faults(source, file.service_levels, file.calendars, teams={}, people=())
    return [str(fault) for fault in found]


def only_fault(text: str) -> str:
    (fault,) = faults(text)
    return fault


def office(text: str = OFFICE) -> CalendarSettings:
    _, file = read(text)
    return file.calendars["office_nyc"]


def test_a_calendar_means_its_rules() -> None:
    rules = rules_of(office(), range(2026, 2028))
    day = (Slot(480, 720), Slot(780, 1020))
    assert rules.time_zone == "America/New_York"
    assert rules.week == (day, day, day, day, day, (Slot(1320, 1440),), ())
    assert rules.exceptions == {date(2026, 11, 28): (Slot(600, 840),)}


def test_holidays_are_those_of_the_country_and_as_observed() -> None:
    closed = rules_of(office(), range(2026, 2028)).closed
    assert date(2026, 7, 3) in closed  # the 4th is a Saturday
    assert date(2027, 11, 25) in closed
    assert date(2028, 7, 4) not in closed


def test_a_subdivision_has_holidays_of_its_own() -> None:
    texas = office(OFFICE.replace("subdivision: NY", "subdivision: TX"))
    assert date(2026, 3, 2) in rules_of(texas, [2026]).closed
    assert date(2026, 3, 2) not in rules_of(office(), [2026]).closed


def test_a_range_of_closed_dates_goes_across_the_years_end() -> None:
    rules = rules_of(office(), range(2026, 2028))
    assert {date(2026, 12, 24), date(2026, 12, 27), date(2026, 12, 31)} <= rules.closed
    assert {date(2027, 1, 1), date(2027, 1, 3)} <= rules.closed
    assert not {date(2026, 12, 26), date(2027, 1, 4)} & rules.closed
    calendar = Calendar.from_rules("office_nyc", rules, date(2026, 12, 1), date(2027, 1, 31))
    closing = datetime(2026, 12, 27, 5, tzinfo=UTC)
    opening = datetime(2027, 1, 4, 13, tzinfo=UTC)
    assert calendar.elapsed(closing, opening) == 0


def test_a_calendar_needs_no_more_than_a_zone_and_hours() -> None:
    text = 'calendars: {office_nyc: {time_zone: UTC, hours: {"fri-mon, wed": ["00:00-24:00"]}}}'
    rules = rules_of(office(text), [2026])
    open_days = [day for day, slots in enumerate(rules.week) if slots]
    assert open_days == [0, 2, 4, 5, 6]
    assert rules.closed == frozenset()


def test_a_service_level_means_its_policy() -> None:
    _, file = read(OFFICE + STANDARD)
    assert file.service_levels["standard"].policy() == Policy(
        targets={
            Target.ACKNOWLEDGE: {"P1": 900, "P2": 3600},
            Target.RESOLVE: {"P1": 5400},
        },
        calendar="office_nyc",
        pauses=frozenset({State.WAITING, State.SNOOZED}),
        on_reopen=OnReopen.RESTART,
        nearing=0.75,
    )
    assert faults(OFFICE + STANDARD) == []


def test_a_service_levels_defaults() -> None:
    _, file = read("service_levels: {quick: {targets: {resolve: {P1: {hours: 0.5}}}}}")
    assert file.service_levels["quick"].policy() == Policy({Target.RESOLVE: {"P1": 1800}})


def test_a_service_level_is_the_same_from_its_json() -> None:
    _, file = read(OFFICE + STANDARD)
    level = file.service_levels["standard"]
    stored = ServiceLevelSettings.model_validate(level.model_dump(mode="json"))
    assert stored.policy() == level.policy()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "America/New_York",
            "America/NewYork",
            "opsloop.yml:3 calendars.office_nyc.time_zone: There is no time zone "
            "'America/NewYork'. Did you mean 'America/New_York'? "
            "Write an IANA name such as `Europe/Rome`.",
            id="a zone that does not exist",
        ),
        pytest.param(
            "America/New_York",
            "America",
            "opsloop.yml:3 calendars.office_nyc.time_zone: There is no time zone 'America'.",
            id="a folder of zones",
        ),
        pytest.param(
            "America/New_York",
            "localtime",
            "opsloop.yml:3 calendars.office_nyc.time_zone: There is no time zone 'localtime'.",
            id="the machine's own zone",
        ),
        pytest.param(
            "13:00-17:00",
            "11:30-17:00",
            "opsloop.yml:5 calendars.office_nyc.hours.mon-fri: 08:00-12:00 and 11:30-17:00 "
            "overlap. Join them, or part them.",
            id="overlapping slots",
        ),
        pytest.param(
            "22:00-24:00",
            "22:00-02:00",
            "opsloop.yml:6 calendars.office_nyc.hours.sat[0]: '22:00-02:00' ends before it begins. "
            "Hours past midnight are two slots: until 24:00, and from 00:00 on the next day.",
            id="a slot past midnight",
        ),
        pytest.param(
            "22:00-24:00",
            "22:00-22:00",
            "opsloop.yml:6 calendars.office_nyc.hours.sat[0]: '22:00-22:00' has no length. "
            "Remove it; a whole day is 00:00-24:00.",
            id="a slot without length",
        ),
        pytest.param(
            "22:00-24:00",
            "22:00-24:30",
            "opsloop.yml:6 calendars.office_nyc.hours.sat[0]: '22:00-24:30' is not on the clock. "
            "A day has 00:00 to 24:00.",
            id="an hour that no clock shows",
        ),
        pytest.param(
            "22:00-24:00",
            "10 pm",
            "opsloop.yml:6 calendars.office_nyc.hours.sat[0]: '10 pm' are not hours. "
            'Write them as "08:00-12:00".',
            id="hours in another shape",
        ),
        pytest.param(
            "sat:",
            "saturday:",
            "opsloop.yml:4 calendars.office_nyc.hours: 'saturday' is not a day.",
            id="an unknown day",
        ),
        pytest.param(
            "sat:",
            "sta:",
            "Did you mean 'sat'? Write mon, tue, wed, thu, fri, sat or sun, ranges such as "
            "`mon-fri` and lists such as `mon, wed`.",
            id="a day misspelt",
        ),
        pytest.param(
            "sat:",
            "fri:",
            "opsloop.yml:4 calendars.office_nyc.hours: 'fri' has hours at 'mon-fri' and at 'fri'. "
            "Name each day once; it may have several slots.",
            id="a day twice",
        ),
        pytest.param(
            "country: US",
            "country: UX",
            "opsloop.yml:7 calendars.office_nyc.holidays: There are no holidays of a country 'UX'.",
            id="an unknown country",
        ),
        pytest.param(
            "subdivision: NY",
            "subdivision: NYC",
            "opsloop.yml:7 calendars.office_nyc.holidays: 'US' has no subdivision 'NYC'. "
            "Did you mean 'NY'? Known: AK, AL, ",
            id="an unknown subdivision",
        ),
        pytest.param(
            "to: 2027-01-03",
            "to: 2026-01-03",
            "opsloop.yml:8 calendars.office_nyc.closed[1]: It ends on 2026-01-03, before it begins "
            "on 2026-12-27. Swap them.",
            id="a range of dates that ends before it begins",
        ),
        pytest.param(
            "to: 2027-01-03",
            "to: 2072-01-03",
            "opsloop.yml:8 calendars.office_nyc.closed[1]: It goes from 2026-12-27 to 2072-01-03, "
            "which is more than a year. Check the years; write a longer closure as several.",
            id="a range of dates over decades",
        ),
        pytest.param(
            "[2026-12-24,",
            "[24.12.2026,",
            "opsloop.yml:8 calendars.office_nyc.closed[0]: '24.12.2026' is not a date. "
            "Write it as 2026-12-24.",
            id="a date in another shape",
        ),
        pytest.param(
            "[2026-12-24,",
            "[20261224,",
            "opsloop.yml:8 calendars.office_nyc.closed[0]: '20261224' is not a date. "
            "Write it as 2026-12-24.",
            id="a number for a date",
        ),
        pytest.param(
            "{2026-11-28:",
            "{tomorrow:",
            "opsloop.yml:9 calendars.office_nyc.open.tomorrow: 'tomorrow' is not a date.",
            id="a word for a date",
        ),
        pytest.param(
            '"10:00-14:00"',
            '"14:00-10:00"',
            "calendars.office_nyc.open.2026-11-28[0]: '14:00-10:00' ends before it begins.",
            id="an exception's hours that end before they begin",
        ),
        pytest.param(
            "  office_nyc:",
            "  always:",
            "opsloop.yml:2 calendars.always: 'always' exists without being defined. "
            "Use another name.",
            id="the name that is taken",
        ),
        pytest.param(
            "  office_nyc:",
            "  Office NYC:",
            "opsloop.yml:2 calendars.Office NYC: 'Office NYC' is not a calendar's name.",
            id="a title for a name",
        ),
    ],
)
def test_faults_of_calendars(old: str, new: str, expected: str) -> None:
    assert expected in only_fault(OFFICE.replace(old, new))


@pytest.mark.parametrize("hours", ["{}", "", "{mon: []}"])
def test_a_calendar_that_is_never_open_is_refused(hours: str) -> None:
    text = f"calendars:\n  office_nyc:\n    time_zone: UTC\n    hours: {hours}\n"
    assert "hours: The calendar is never open, so that nothing would ever be due." in only_fault(
        text
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "calendar: office_nyc",
            "calendar: office_nyk",
            "opsloop.yml:12 service_levels.standard.calendar: There is no calendar 'office_nyk'. "
            "Did you mean 'office_nyc'? Define it under `calendars`, or write `always`.",
            id="a calendar that does not exist",
        ),
        pytest.param(
            "acknowledge:",
            "acknowlege:",
            "opsloop.yml:17 service_levels.standard.targets.acknowlege: 'acknowlege' is not one of "
            "acknowledge, first_response, resolve, total_resolve or next_update. "
            "Did you mean 'acknowledge'?",
            id="an unknown target",
        ),
        pytest.param(
            "P2:",
            "P5:",
            "service_levels.standard.targets.acknowledge.P5: 'P5' is not one of P1, P2, P3 or P4.",
            id="an unknown priority",
        ),
        pytest.param(
            "snoozed]",
            "snozed]",
            "service_levels.standard.pause[1]: 'snozed' is not one of waiting or snoozed. "
            "Did you mean 'snoozed'?",
            id="an unknown state",
        ),
        pytest.param(
            "snoozed]",
            "waiting]",
            "opsloop.yml:13 service_levels.standard.pause: A state stands there twice. Keep one.",
            id="a state twice",
        ),
        pytest.param(
            "{minutes: 15}",
            "{minutes: 0}",
            "opsloop.yml:17 service_levels.standard.targets.acknowledge.P1: 0 minutes is not a "
            "time above 0. Write {minutes: 30} or {hours: 4}, with a number above 0.",
            id="a duration of zero",
        ),
        pytest.param(
            "{minutes: 15}",
            "{minute: 15}",
            "'minute' is not a unit of time. Did you mean 'minutes'?",
            id="a unit misspelt",
        ),
        pytest.param("{minutes: 15}", "15", "15 is not a time.", id="a bare number"),
        pytest.param("{minutes: 15}", "{}", "{} is not a time.", id="an empty duration"),
        pytest.param(
            "{minutes: 15}",
            "{days: 2}",
            "A day of business time has no fixed length. Write it in hours.",
            id="days",
        ),
        pytest.param(
            "{minutes: 15}", "{minutes: true}", "True minutes is not a time above 0.", id="a yes"
        ),
        pytest.param(
            "{minutes: 15}",
            "{minutes: 0.001}",
            "0.06 seconds are not whole seconds. Round it.",
            id="less than a second",
        ),
        pytest.param(
            "{minutes: 15}", "{hours: 9000}", "9,000 hours are more than a year.", id="over a year"
        ),
        pytest.param(
            "{minutes: 15}",
            "{hours: 8000}",
            "opsloop.yml:17 service_levels.standard.targets.acknowledge.P1: The calendar "
            "'office_nyc' is open 2,184 hours a year, less than the target's 8,000. "
            "Give a shorter target; it counts open hours alone.",
            id="more than the calendar's hours of a year",
        ),
        pytest.param(
            "nearing: 0.75",
            "nearing: 75",
            "opsloop.yml:15 service_levels.standard.nearing: 75 is not a share of the target. "
            "Write a number such as 0.8.",
            id="a percentage for a share",
        ),
        pytest.param(
            "on_reopen: restart",
            "on_reopen: begin",
            "opsloop.yml:14 service_levels.standard.on_reopen: 'begin' is not one of continue or "
            "restart.",
            id="an unknown word at a reopening",
        ),
        pytest.param(
            "  standard:",
            "  Gold Plan:",
            "opsloop.yml:11 service_levels.Gold Plan: 'Gold Plan' is not a service level's name.",
            id="a title for a name",
        ),
    ],
)
def test_faults_of_service_levels(old: str, new: str, expected: str) -> None:
    text = OFFICE + STANDARD
    assert old in text.partition("service_levels")[2]
    head, word, tail = text.partition("service_levels")
    assert expected in only_fault(head + word + tail.replace(old, new))


def test_a_service_level_without_targets_is_refused() -> None:
    assert "'targets' is missing" in only_fault("service_levels: {standard: {nearing: 0.5}}")
    assert "targets" in only_fault("service_levels: {standard: {targets: {}}}")


def test_all_faults_are_told_at_once() -> None:
    text = OFFICE.replace("New_York", "York").replace("22:00-24:00", "24:00-22:00")
    assert len(faults(text + STANDARD.replace("0.75", "75"))) == 3


def test_names_that_other_parts_use_must_exist() -> None:
    source, file = read(OFFICE + STANDARD + "default_service_level: standart\n")
    path = ("default_service_level",)
    (fault,) = unknown_service_level(source, path, file.default_service_level, file.service_levels)
    assert str(fault) == (
        "opsloop.yml:20 default_service_level: There is no service level 'standart'. "
        "Did you mean 'standard'? Define it under `service_levels`, or name another."
    )
    assert list(unknown_service_level(source, path, None, file.service_levels)) == []
    assert list(unknown_service_level(source, path, "standard", file.service_levels)) == []
    for fine in (None, "always", "office_nyc"):
        assert list(unknown_calendar(source, path, fine, file.calendars)) == []
