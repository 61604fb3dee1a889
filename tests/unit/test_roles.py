"""Who may do what: the table, whom a role means, and what is said to who lacks it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.roles import (
    NEEDS,
    Chart,
    Concern,
    Deed,
    Role,
    Staff,
    is_known,
    lack_of,
    role_of,
)

PEOPLE = ("ada", "bo", "cy", "di", "mo")
CHART = Chart(
    people=frozenset(PEOPLE),
    teams={
        "shipping": Staff("ada", ("ada", "bo")),
        "care": Staff(None, ("cy",)),
        "shed": Staff(),
        "maintainers": Staff("mo"),
    },
    admins=frozenset({"mo"}),
    needs=NEEDS,
)
SHIPPING = Concern("shipping")


def test_the_table_knows_every_deed() -> None:
    assert set(NEEDS) == set(Deed)


@pytest.mark.parametrize(
    ("person", "concern", "role"),
    [
        ("ada", SHIPPING, Role.LEAD),
        ("bo", SHIPPING, Role.MEMBER),
        ("cy", SHIPPING, Role.ANYBODY),
        ("cy", Concern("shipping", assignee="cy"), Role.MEMBER),  # it was given to them
        ("cy", Concern("care"), Role.LEAD),  # nobody else leads it
        ("cy", Concern("shed"), Role.LEAD),  # it names nobody: everybody's
        ("cy", Concern("a team that was dropped"), Role.LEAD),
        ("cy", Concern(None), Role.LEAD),
        ("mo", SHIPPING, Role.ADMIN),
    ],
)
def test_a_role_is_towards_a_team(person: str, concern: Concern, role: Role) -> None:
    assert role_of(CHART, person, [concern]) is role


def test_of_several_incidents_the_role_towards_one_is_enough() -> None:
    assert lack_of(CHART, "ada", Deed.MERGE_TEAMS, [Concern("care"), SHIPPING]) is None
    assert lack_of(CHART, "bo", Deed.MERGE_TEAMS, [Concern("maintainers"), SHIPPING])


def test_what_concerns_no_team_is_for_whoever_has_the_role_in_any() -> None:
    assert lack_of(CHART, "ada", Deed.MUTE, []) is None
    assert lack_of(CHART, "cy", Deed.MUTE, []) is None  # nobody else leads care
    lack = lack_of(CHART, "bo", Deed.MUTE, [])
    assert lack is not None
    assert lack.in_words() == "a lead of shipping, care or maintainers"
    assert lack.remedy() == "Ask ada, cy or mo."


def test_who_lacks_a_role_hears_which_and_whom_to_ask() -> None:
    lack = lack_of(CHART, "bo", Deed.ACCEPT, [SHIPPING])
    assert lack is not None
    assert (lack.needs, lack.in_words()) == (Role.LEAD, "a lead of shipping")
    assert lack.remedy() == "Ask ada or mo."
    for_admins = Chart(CHART.people, CHART.teams, CHART.admins, {**NEEDS, Deed.MUTE: Role.ADMIN})
    lack = lack_of(for_admins, "ada", Deed.MUTE, [])
    assert lack is not None
    assert (lack.in_words(), lack.remedy()) == ("an admin", "Ask mo.")


def test_many_who_may_are_not_all_named() -> None:
    crowd = Chart(teams={"yard": Staff("a", tuple("abcdef"))}, needs=NEEDS)
    lack = lack_of(crowd, "z", Deed.RESOLVE, [Concern("yard")])
    assert lack is not None
    assert lack.remedy() == "Ask a, b, c or 3 others."


def test_where_nobody_is_named_everybody_is_known() -> None:
    assert is_known(Chart(), "who")
    assert is_known(CHART, "bo")
    assert not is_known(CHART, "who")


@given(
    person=st.sampled_from(PEOPLE),
    deed=st.sampled_from(Deed),
    team=st.sampled_from([*CHART.teams, None]),
    needs=st.none() | st.fixed_dictionaries({deed: st.sampled_from(Role) for deed in Deed}),
)
def test_whoever_is_named_as_one_who_may_does(
    person: str, deed: Deed, team: str | None, needs: dict[Deed, Role] | None
) -> None:
    chart = Chart(CHART.people, CHART.teams, CHART.admins, needs)
    lack = lack_of(chart, person, deed, [Concern(team)])
    assert lack is None or needs is not None
    if lack:
        assert person not in lack.who
        for other in lack.who:
            assert lack_of(chart, other, deed, [Concern(team)]) is None
