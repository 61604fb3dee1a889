"""What the retro's address asks for."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from app.components.retro_slice import looked_at, named
from app.retro_address import OWN, Address, behind_of, left_out, parse
from opsloop.reporting.figure import looking_at
from opsloop.service.figures.parts import EVERYTHING, Part
from opsloop.service.figures.periods import ALL_TIME, Period, last_weeks

THROUGH = datetime(2026, 3, 5, 12)  # noqa: DTZ001, as the warehouse has it
DIMENSIONS = ("total", "team", "monitor", "mon_a.colour")


def parsed(**params: str) -> tuple[Address, list[str]]:
    return parse(params, DIMENSIONS, lambda part: part.value != "gone", THROUGH)


@pytest.mark.parametrize(
    "address",
    [
        Address(),
        Address(Part("team", "shipping")),
        Address(Part("mon_a.colour", "red"), "13"),
        Address(EVERYTHING, "all"),
        Address(EVERYTHING, OWN, Period(date(2026, 2, 2), date(2026, 2, 9))),
        Address(EVERYTHING, OWN, Period(None, date(2026, 2, 9))),
        Address(beside=date(2026, 2, 2)),
        Address(Part("team", "a"), "4", beside=date(2025, 2, 3)),
    ],
    ids=str,
)
def test_an_address_leads_back_to_itself(address: Address) -> None:
    assert parsed(**address.as_params()) == (address, [])


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"team": "gone"}, ["team 'gone' (not in the figures)"]),
        ({"colour": "red"}, ["colour 'red' (not in the figures)"]),
        ({"team": "a", "monitor": "b"}, ["monitor 'b' (one at a time can be looked at)"]),
        ({"weeks": "3"}, ["weeks '3' (none of 2, 4, 13, all)"]),
        ({"from": "2026-02-30"}, ["from '2026-02-30' (no period of days)"]),
        (
            {"from": "2026-02-09", "to": "2026-02-09"},
            ["from '2026-02-09' to '2026-02-09' (no period of days)"],
        ),
        (
            {"beside": "2026-02-03"},
            ["beside '2026-02-03' (no day on which an earlier period of that length begins)"],
        ),
        (
            {"beside": "x", "weeks": "all"},
            ["beside 'x' (no day on which an earlier period of that length begins)"],
        ),
        (
            {"beside": "2026-02-02", "weeks": "all"},
            ["beside '2026-02-02' (no day on which an earlier period of that length begins)"],
        ),
        ({"weeks": "9" * 99}, [f"weeks '{'9' * 39}…' (none of 2, 4, 13, all)"]),
    ],
    ids=str,
)
def test_what_is_no_choice_is_told(params: dict[str, str], told: list[str]) -> None:
    assert parsed(**params)[1] == told


def test_what_is_dropped_is_told_in_one_sentence() -> None:
    _, dropped = parsed(team="gone", to="soon")
    assert left_out(dropped) == (
        "Left out of the address: team 'gone' (not in the figures), to 'soon' (no period of days)."
    )


@pytest.mark.parametrize(
    ("params", "weeks", "own"),
    [
        ({"from": ""}, "2", ALL_TIME),
        ({"from": "", "to": "", "weeks": "4"}, "4", ALL_TIME),
        ({"from": "", "to": "2026-02-09"}, OWN, Period(None, date(2026, 2, 9))),
        ({"from": "2026-02-09", "to": ""}, OWN, Period(date(2026, 2, 9), None)),
    ],
    ids=str,
)
def test_an_empty_end_of_a_period_is_none(params: dict[str, str], weeks: str, own: Period) -> None:
    assert parsed(**params) == (Address(weeks=weeks, own=own), [])


def test_the_usual_period_are_the_last_two_complete_weeks() -> None:
    view = looking_at(EVERYTHING, Address().period(THROUGH), date(2026, 1, 1))
    assert view.period == Period(date(2026, 2, 16), date(2026, 3, 2))
    assert view.before == Period(date(2026, 2, 2), date(2026, 2, 16))


def test_a_period_is_compared_with_as_many_earlier_days() -> None:
    asked, known_from = date(2025, 2, 17), date(2025, 1, 1)
    period = Address().period(THROUGH)
    view = looking_at(EVERYTHING, period, known_from, THROUGH, asked)
    assert view.before == Period(asked, date(2025, 3, 3))
    late = date(2025, 2, 18)
    view = looking_at(EVERYTHING, period, late, THROUGH, asked)
    assert view.before is None
    assert looked_at(view, late, THROUGH, asked)["not_compared"] == (
        "Days from 17 Feb 2025 on cannot be compared: figures begin on 18 Feb 2025."
    )


@pytest.mark.parametrize("known_from", [None, date(2026, 2, 3)])
def test_a_period_that_is_not_wholly_known_is_nothing_to_compare_with(
    known_from: date | None,
) -> None:
    assert looking_at(EVERYTHING, Address().period(THROUGH), known_from).before is None


@pytest.mark.parametrize(
    ("period", "unknown"),
    [
        (Period(date(2026, 1, 1), date(2026, 2, 2)), "these days: figures begin on 2 Feb 2026."),
        (
            Period(date(2026, 1, 1), date(2026, 2, 3)),
            "the days before: figures begin on 2 Feb 2026.",
        ),
        (Period(None, date(2026, 2, 3)), ""),
        (Period(date(2026, 3, 5), None), ""),
        (Period(date(2026, 3, 6), None), "these days: figures end on 5 Mar 2026."),
        (ALL_TIME, ""),
    ],
    ids=str,
)
def test_days_of_which_nothing_is_known_are_called_so(period: Period, unknown: str) -> None:
    known_from = date(2026, 2, 2)
    said = looked_at(looking_at(EVERYTHING, period, known_from), known_from, THROUGH)["unknown"]
    assert said == (unknown and f"Nothing is known of {unknown}")


def test_dimensions_are_named_as_people_say_them() -> None:
    names = {
        "total": "Everything",
        "team": "By team",
        "entity_type": "By kind of entity",
        "mon_late_orders.ship_from": "By ship from of late orders",
        "mon_late_orders.source": "By source of late orders",
        "shift": "By shift",
    }
    assert {one: named(one) for one in names} == names


def test_all_time_has_nothing_before_it() -> None:
    assert Address(weeks="all").period(THROUGH).before() is None
    assert Period(date(2026, 1, 1), None).before() is None
    assert Period(date(1, 1, 1), date(1, 1, 9)).before() is None


def test_a_monday_begins_a_week_of_its_own() -> None:
    monday = datetime(2026, 3, 2)  # noqa: DTZ001
    assert last_weeks(1, monday) == Period(date(2026, 2, 23), date(2026, 3, 2))


@pytest.mark.parametrize(
    "ends", [(date(2026, 3, 2), date(2026, 3, 2)), (date(9999, 1, 1), date(1, 1, 1))]
)
def test_a_period_holds_a_day(ends: tuple[date, date]) -> None:
    with pytest.raises(ValueError, match="holds no day"):
        Period(*ends)
    assert ALL_TIME.is_all


def test_the_incidents_behind_a_figure_need_their_values() -> None:
    assert behind_of({"figure": "opened", "team": "a"}) == ("opened", {})
    missed = {"figure": "missed_by", "target": "resolve", "cause": "queue"}
    assert behind_of(missed) == ("missed_by", {"target": "resolve", "cause": "queue"})
    at_stake = {"figure": "at_stake", "unit": "€ a day"}
    assert behind_of(at_stake) == ("at_stake", {"unit": "€ a day"})
    for wrong in (
        {},
        {"figure": "nothing"},
        missed | {"cause": "drop"},
        {"figure": "met"},
        at_stake | {"unit": ""},
    ):
        assert behind_of(wrong) is None
