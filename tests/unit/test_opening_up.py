"""Which keys leave an incident that is opened up, and what it says of the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop import lifecycle
from opsloop.errors import Refused
from opsloop.lifecycle import Part, key_in_words
from opsloop.lifecycle.merging import numbers_of
from opsloop.types import Disposition, Event, Incident, Severity, State

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWN = "mon_late"

made_events = st.lists(
    st.builds(
        lambda number, monitor, key, firing, severity, impact: Event(
            f"e{number}", monitor, f"order {number % 3}", f'["{key}"]', Disposition.ATTACHED,
            firing, NOW, NOW, 1, severity, impact,
        ),
        st.integers(0, 999),
        st.sampled_from([OWN, OWN, "mon_unpaid"]),
        st.sampled_from("abcd"),
        st.booleans(),
        st.sampled_from([None, *Severity]),
        st.sampled_from([None, 0.0, 1.0, 2.5, 40.0]),
    ),
    min_size=1,
    unique_by=lambda event: event.event_id,
)  # fmt: skip


def incident(events: list[Event]) -> Incident:
    blank = Incident(1, 1, 1, State.NEW, NOW, monitor_id=OWN, is_flood=True, impact=0.0)
    return replace(blank, **numbers_of(blank, events))


@given(made_events, st.integers(1, 5))
def test_what_stays_is_counted_as_if_it_had_been_alone(events: list[Event], worst: int) -> None:
    source = incident(events)
    try:
        leaving = lifecycle.choose(source, events, Part(worst=worst))
    except Refused:
        assert not any(event.firing for event in events)
        return
    gone = {event.event_id for group in leaving for event in group.events}
    staying = [event for event in events if event.event_id not in gone]
    after = lifecycle.open_up(source, leaving, 2, NOW).after
    alone = numbers_of(source, staying)
    assert after["events_total"] == alone["events_total"] == len(staying)
    assert after["events_firing"] == alone["events_firing"]
    if after["events_firing"]:
        assert after["impact"] == pytest.approx(alone.get("impact", 0))


@given(made_events)
def test_what_comes_back_adds_up_to_what_it_was(events: list[Event]) -> None:
    source = incident(events)
    groups = [group for group in lifecycle.groups_of(events) if group.firing]
    after = {} if not groups else dict(lifecycle.open_up(source, groups, 2, NOW).after)
    left = replace(source, **{name: after[name] for name in after if name.startswith("events")})
    back = [
        replace(one, events_total=len(group.events), events_firing=group.firing, **_impact(group))
        for group in groups
        for one in [Incident(2, 1, 1, State.NEW, NOW, monitor_id=group.key[0])]
    ]
    numbers = lifecycle.numbers_with(left, back)
    assert (numbers["events_total"], numbers["events_firing"]) == (
        source.events_total, source.events_firing
    )  # fmt: skip
    if "impact" in numbers:
        assert numbers["impact"] == pytest.approx(source.impact)


def _impact(group: lifecycle.Group) -> dict[str, float]:
    known = [event.impact for event in group.events if event.firing and event.impact is not None]
    return {"impact": sum(known)} if known else {}


@given(made_events)
def test_the_worst_come_first_and_what_is_over_last(events: list[Event]) -> None:
    groups = lifecycle.groups_of(events)
    assert sorted(event.event_id for group in groups for event in group.events) == sorted(
        event.event_id for event in events
    )
    fires = [bool(group.firing) for group in groups]
    assert fires == sorted(fires, reverse=True)
    ranks = [
        (group.severity.rank if group.severity else 4, -group.impact)
        for group in groups
        if group.firing
    ]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ('["JFK", "UA"]', "JFK, UA"),
        ("[7, null, true]", "7, –, True"),
        ('"plain"', '"plain"'),
        ("not json", "not json"),
        ("[]", ""),
    ],
)
def test_a_key_in_words(key: str, said: str) -> None:
    assert key_in_words(key) == said
