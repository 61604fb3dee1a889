"""Who gets it: each way by example, and what holds for every team."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.assignment import Assign, Assigned, Member, Roster, assign
from opsloop.types import Incident, State

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA, BO, CY = (Member(name) for name in ("ada", "bo", "cy"))
TEAM = Roster("dispatch", (ADA, BO, CY), lead="lea")
GIVING = (Assign.ROUND_ROBIN, Assign.LEAST_LOADED)

members = st.builds(
    Member,
    person=st.sampled_from("abcdef"),
    is_away=st.booleans(),
    open_items=st.integers(0, 4),
    limit=st.none() | st.integers(0, 4),
    recent_minutes=st.sampled_from((0, 15, 60.5)),
    last_assigned_at=st.none() | st.sampled_from((NINE - HOUR, NINE)),
)
rosters = st.builds(
    Roster,
    team=st.just("dispatch"),
    members=st.lists(members, max_size=6, unique_by=lambda one: one.person).map(tuple),
    lead=st.none() | st.just("lea"),
    last=st.none() | st.sampled_from("abcdefg"),
)


def team(*people: Member, last: str | None = None) -> Roster:
    return replace(TEAM, members=people, last=last)


def given_by(kind: str | None, assignee: str | None) -> Incident:
    return Incident(
        7, 1, 1, State.NEW, NINE, team="dispatch", assignee=assignee, assignment_kind=kind
    )


def test_pull_gives_to_nobody_and_alarms_nobody() -> None:
    assert assign(Assign.PULL, TEAM) == Assigned(None, "People of dispatch take for themselves.")


@pytest.mark.parametrize(
    ("roster", "expected"),
    [
        pytest.param(TEAM, "ada's turn, the first turn", id="the first ever"),
        pytest.param(replace(TEAM, last="ada"), "bo's turn, after ada", id="the next"),
        pytest.param(replace(TEAM, last="cy"), "ada's turn, after cy", id="around"),
        pytest.param(
            team(ADA, replace(BO, is_away=True), CY, last="ada"),
            "cy's turn, after ada; bo is away",
            id="past who is away",
        ),
        pytest.param(
            team(ADA, replace(BO, open_items=3, limit=3), CY, last="ada"),
            "cy's turn, after ada; bo is full (3 open, limit 3)",
            id="past who is full",
        ),
        pytest.param(
            team(ADA, replace(BO, open_items=3, limit=4), CY, last="ada"),
            "bo's turn, after ada",
            id="up to the limit",
        ),
        pytest.param(
            team(replace(ADA, limit=0), BO, last="bo"),
            "bo's turn, after bo; ada is full (0 open, limit 0)",
            id="a limit of none, and the last once more",
        ),
        pytest.param(
            team(
                replace(ADA, last_assigned_at=NINE),
                replace(BO, last_assigned_at=NINE - HOUR),
                last="dan",
            ),
            "bo's turn, after dan",
            id="the last has left: whose turn is longest ago",
        ),
        pytest.param(
            team(replace(ADA, last_assigned_at=NINE), BO, last="dan"),
            "bo's turn, after dan",
            id="the last has left: who never had a turn",
        ),
    ],
)
def test_round_robin(roster: Roster, expected: str) -> None:
    found = assign(Assign.ROUND_ROBIN, roster)
    assert found.why == f"Round robin: it is {expected}."
    assert found.person == expected.split("'")[0]
    assert found.lead is None


@pytest.mark.parametrize(
    ("roster", "expected"),
    [
        pytest.param(
            team(replace(ADA, open_items=2), replace(BO, open_items=1, recent_minutes=90)),
            "bo has the least in hand (1 open, 90 min recently)",
            id="fewest open",
        ),
        pytest.param(
            team(replace(ADA, recent_minutes=90), replace(BO, recent_minutes=30.5)),
            "bo has the least in hand (0 open, 30.5 min recently)",
            id="then fewest minutes",
        ),
        pytest.param(
            team(replace(ADA, last_assigned_at=NINE), replace(BO, last_assigned_at=NINE - HOUR)),
            "bo has the least in hand (0 open, 0 min recently)",
            id="then longest ago",
        ),
        pytest.param(
            team(replace(ADA, last_assigned_at=NINE), BO),
            "bo has the least in hand (0 open, 0 min recently)",
            id="never is longest ago",
        ),
        pytest.param(
            team(CY, BO), "bo has the least in hand (0 open, 0 min recently)", id="then the name"
        ),
        pytest.param(
            team(replace(ADA, is_away=True), replace(BO, open_items=4)),
            "bo has the least in hand (4 open, 0 min recently); ada is away",
            id="past who is away",
        ),
    ],
)
def test_least_loaded(roster: Roster, expected: str) -> None:
    found = assign(Assign.LEAST_LOADED, roster)
    assert found == Assigned(expected.split()[0], f"Least loaded: {expected}.")


@pytest.mark.parametrize("how", GIVING)
def test_where_nobody_can_the_lead_sees_it(how: Assign) -> None:
    roster = team(replace(ADA, is_away=True), replace(BO, open_items=5, limit=5))
    why = "Nobody of dispatch can: ada is away; bo is full (5 open, limit 5); "
    assert assign(how, roster) == Assigned(None, f"{why}lea leads it and sees it.", "lea")
    leaderless = replace(roster, lead=None)
    assert assign(how, leaderless) == Assigned(None, f"{why}it has no lead.", None)
    assert assign(how, team()).why == (
        "Nobody of dispatch can: it has no members; lea leads it and sees it."
    )


@pytest.mark.parametrize("how", Assign)
@pytest.mark.parametrize("roster", [TEAM, team(replace(BO, is_away=True)), team()])
def test_a_manual_assignment_stays(how: Assign, roster: Roster) -> None:
    found = assign(how, roster, given_by("manual", "bo"))
    assert found == Assigned("bo", "Assigned to bo by hand, and that stays.")
    found = assign(how, roster, given_by("manual", None))
    assert found == Assigned(None, "Assigned to nobody of dispatch by hand, and that stays.")


def test_a_rules_assignment_does_not_stay() -> None:
    assert assign(Assign.ROUND_ROBIN, TEAM, given_by("rule", "cy")).person == "ada"
    assert assign(Assign.ROUND_ROBIN, TEAM, given_by(None, None)).person == "ada"


def test_a_burst_is_counted_as_it_goes() -> None:
    after = TEAM.after("bo", NINE)
    assert after.last == "bo"
    assert after.members == (ADA, replace(BO, open_items=1, last_assigned_at=NINE), CY)


@given(st.sampled_from(GIVING), rosters)
def test_nobody_away_or_full_gets_any(how: Assign, roster: Roster) -> None:
    found = assign(how, roster)
    able = {
        one.person
        for one in roster.members
        if not one.is_away and (one.limit is None or one.open_items < one.limit)
    }
    assert found.person in (able or {None})
    assert found.lead == (None if able else roster.lead)


@given(rosters)
def test_the_least_loaded_is_minimal(roster: Roster) -> None:
    found = assign(Assign.LEAST_LOADED, roster).person
    never = datetime(1, 1, 1, tzinfo=UTC)

    def load(one: Member) -> tuple[int, float, datetime, str]:
        return one.open_items, one.recent_minutes, one.last_assigned_at or never, one.person

    able = [one for one in roster.members if one.hindrance is None]
    assert found == (sorted(able, key=load)[0].person if able else None)


@given(rosters, st.integers(1, 30))
def test_round_robin_is_fair(roster: Roster, count: int) -> None:
    """While the same people can, nobody gets a second before each has had one more."""
    unlimited = tuple(replace(one, limit=None) for one in roster.members)
    now = replace(roster, members=unlimited)
    able = [one.person for one in unlimited if not one.is_away]
    turns: Counter[str] = Counter(dict.fromkeys(able, 0))
    for _ in range(count if able else 0):
        person = assign(Assign.ROUND_ROBIN, now).person
        assert person is not None
        turns[person] += 1
        now = now.after(person, NINE)
        assert max(turns.values()) - min(turns.values()) <= 1


@given(rosters, st.integers(1, 30))
def test_least_loaded_levels_the_load(roster: Roster, count: int) -> None:
    """Each incident goes to somebody who has no more open than anybody else who can take it."""
    now = roster
    for _ in range(count):
        person = assign(Assign.LEAST_LOADED, now).person
        if person is None:
            break
        open_items = {one.person: one.open_items for one in now.members if one.hindrance is None}
        assert open_items[person] == min(open_items.values())
        now = now.after(person, NINE)
