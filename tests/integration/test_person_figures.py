"""Figures of persons (definition 17): off by default, as far back as wanted; on both stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.calendars import Calendar, Slot
from opsloop.calendars import Rules as OpenHours
from opsloop.config import Config
from opsloop.config.persons import PersonFigures
from opsloop.errors import Refused, UnknownPerson
from opsloop.service import Service
from opsloop.service.person_figures import Burden, burdens, capacity_minutes, own_weeks
from opsloop.service.settings import apply_settings
from opsloop.store import Store
from opsloop.types import Actor, ActorKind
from tests.integration.cli_project import OPENED_AT, Run, open_incident
from tests.integration.event_tables import ADA, BO, CONFIG
from tests.integration.office import settings

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)  # a Wednesday; the office is open 8-12 and 13-17
DAY = timedelta(days=1)
TOLD = PersonFigures(days=14)


def office(told: PersonFigures | None) -> Config:
    """Return settings in which one team works office hours."""
    shipping = CONFIG.teams["shipping"].model_copy(update={"calendar": "office"})
    teams = {**CONFIG.teams, "shipping": shipping}
    return settings(teams=teams, person_figures=told)


class Time:
    """A clock that tests move."""

    now = MONDAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def service(store: Store, time: Time) -> Service:
    """Return the use cases, with two incidents of one team."""
    apply_settings(store, office(TOLD), OPENED_AT)
    for entity in ("A", "B"):
        open_incident(store, "mon_late", entity, f"{entity} is late", "shipping", "high")
    return Service(store, office(TOLD), time)


def test_load_is_what_was_written_down_against_open_hours(
    store: Store, service: Service, time: Time
) -> None:
    worked = service.log_work(1, ADA, minutes=90)
    assert worked.incident_id == 1
    service.log_work(2, BO, minutes=30)
    time.now = NOON
    people = [ADA.id, BO.id, "cy.ruiz"]
    found = burdens(store, office(TOLD), people, NOON)
    # 14 days to a Wednesday noon: nine whole days of 480 minutes, and twice half of one
    assert found[ADA.id] == Burden(90, 10 * 480)
    assert found[BO.id] == Burden(30, 10 * 480)
    assert found["cy.ruiz"] == Burden(0, 2 * 2400), "without a calendar, 40 hours a week"
    service.go_away(ADA, ADA.id, starts_at=NOON + DAY, until=NOON + 2 * DAY)
    later = burdens(store, office(TOLD), [ADA.id], NOON + 2 * DAY)
    assert later[ADA.id] == Burden(90, 9 * 480), "a day without them is not theirs to fill"


def test_what_is_older_than_wanted_counts_for_nobody(
    store: Store, service: Service, time: Time
) -> None:
    service.log_work(1, ADA, minutes=90)
    time.now = MONDAY + 8 * DAY
    service.log_work(1, ADA, minutes=5)
    week = office(PersonFigures(days=7))
    assert burdens(store, week, [ADA.id], time.now)[ADA.id].minutes == 5
    weeks = own_weeks(store, week, ADA.id, time.now)
    assert [one.minutes for one in weeks] == [0, 5]


def test_ones_own_weeks(store: Store, service: Service, time: Time) -> None:
    service.log_work(1, ADA, minutes=60)
    service.log_work(2, ADA, minutes=30)
    service.take(1, ADA)
    service.resolve(1, ADA, code="fixed", text="Found.")
    time.now = NOON
    service.log_work(2, ADA, minutes=15)
    weeks = own_weeks(store, office(TOLD), ADA.id, NOON)
    mondays = [f"{one.week_start:%m-%d}" for one in weeks]
    assert mondays == ["02-23", "03-02", "03-09"]
    assert [one.minutes for one in weeks] == [0, 90, 15]
    assert [one.incidents for one in weeks] == [0, 2, 1]
    assert [one.resolved for one in weeks] == [0, 1, 0]
    assert [one.capacity_minutes for one in weeks] == [2.5 * 480, 5 * 480, 2.5 * 480]
    assert sum(one.minutes for one in own_weeks(store, office(TOLD), BO.id, NOON)) == 0


def test_there_are_none_unless_they_are_wanted(store: Store, service: Service) -> None:
    service.log_work(1, ADA, minutes=60)
    assert burdens(store, office(None), [ADA.id], MONDAY) == {ADA.id: Burden(None, None)}
    with pytest.raises(Refused, match="no figures of persons"):
        own_weeks(store, office(None), ADA.id, MONDAY)
    with pytest.raises(UnknownPerson, match=r"ada\.moren'.*ada\.moreno"):
        own_weeks(store, office(TOLD), "ada.moren", MONDAY)


def test_a_time_that_the_calendar_does_not_know_has_no_capacity(
    store: Store, service: Service
) -> None:
    service.log_work(1, Actor(ActorKind.PERSON, BO.id, "cli"), minutes=60)
    long_ago = datetime(1950, 1, 2, tzinfo=UTC)
    assert burdens(store, office(TOLD), [BO.id], long_ago)[BO.id] == Burden(60, None)


CALENDAR = Calendar.from_rules(
    "office",
    OpenHours("UTC", tuple((Slot(480, 720), Slot(780, 1020)) for _ in range(7))),
    MONDAY.date(),
    (MONDAY + 60 * DAY).date(),
)


@given(
    st.lists(st.integers(0, 5 * 24 * 60), min_size=2, max_size=6, unique=True).map(sorted),
)
def test_capacity_is_counted_minute_by_minute(places: list[int]) -> None:
    """Open 56 hours a week, of which a person has 40."""
    start = MONDAY.replace(hour=0)
    moments = [start + timedelta(minutes=place) for place in places]
    present = list(zip(moments[::2], moments[1::2], strict=False))
    expected = 0.0
    for starts, ends in present:
        length = int((ends - starts) / timedelta(minutes=1))
        minutes = [starts + timedelta(minutes=one) for one in range(length)]
        is_open = sum(one.hour in {8, 9, 10, 11, 13, 14, 15, 16} for one in minutes)
        expected += is_open * 2400 / (7 * 480)
    assert capacity_minutes(CALENDAR, present) == pytest.approx(expected)


@given(st.integers(0, 7 * 24 * 3600))
def test_weeks_hold_what_they_are_said_to_hold_wherever_one_begins(seconds: int) -> None:
    """Three weeks of 40 hours are 120 hours, not 119.999."""
    starts = MONDAY.replace(hour=0) + timedelta(seconds=seconds)
    assert capacity_minutes(CALENDAR, [(starts, starts + 21 * DAY)]) == 3 * 2400


def want(figures: str) -> None:
    """Say in the settings what figures of persons are wanted."""
    path = Path("opsloop.yml")
    path.write_text(f"{path.read_text()}person_figures: {figures}\n")


def test_the_command_line_tells_ones_own_weeks_to_oneself(run: Run) -> None:
    refused = run("people", "me")
    assert refused.code == 1
    assert "person_figures" in refused.err
    listed = run("people", "list").out
    assert "work" not in listed
    want("{days: 28}")
    run("incidents", "work", "1", "--minutes", "90")
    assert "1.5 h of 160 h" in run("people", "list").out
    [mo] = [one for one in run("people", "list", "--json").json if one["person"] == "mo.bauer"]
    assert (mo["minutes"], mo["capacity_minutes"]) == (90, 9600)
    found = run("people", "me", "--json").json
    assert found["person"] == "mo.bauer"
    assert found["weeks"][-1]["minutes"] == 90
    assert "1.5 h of" in run("people", "me").out


@pytest.mark.parametrize("value", ["yes", "{days: 3}", "{days: 1000}", "{weeks: 4}"])
def test_a_wrong_setting_is_named(run: Run, value: str) -> None:
    want(value)
    checked = run("config", "show")
    assert checked.code == 1
    assert "opsloop.yml:5 person_figures" in checked.err
