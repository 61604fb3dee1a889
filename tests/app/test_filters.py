"""The queue's filters as the URL carries them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.filters import PRIORITIES, STATUSES, Filters, Known, parse
from opsloop.store.queries import ORDERS
from opsloop.types import OPEN_STATES, Severity

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KNOWN = Known(teams={"shipping"}, monitors={"mon_late"}, people={"kim.larsen"})


def optional(values: object) -> st.SearchStrategy[object]:
    return st.none() | st.sampled_from(sorted(values))  # type: ignore[call-overload]


@given(
    st.builds(
        Filters,
        status=st.sampled_from(sorted(STATUSES)),
        priority=optional(PRIORITIES),
        severity=optional([severity.value for severity in Severity]),
        team=optional(KNOWN.teams),
        monitor=optional(KNOWN.monitors),
        assignee=optional({"me", "nobody", *KNOWN.people}),
        search=st.none() | st.just("order 7"),
        follow_up=st.none() | st.just("due"),
        order=st.just("newest"),
        before=st.none() | st.just("2026-03-02T09:00:00+00:00~7"),
    )
    | st.builds(Filters, order=st.sampled_from(ORDERS))
)
def test_a_url_brings_back_the_filters_that_made_it(filters: Filters) -> None:
    assert parse(filters.as_params(), KNOWN) == (filters, [])


@given(st.dictionaries(st.text(), st.text()))
def test_any_url_gives_filters_that_can_be_asked_for(params: dict[str, str]) -> None:
    filters, _ = parse(params, KNOWN)
    assert filters.as_queue_filter("kim.larsen", NOW).order in ORDERS
    assert parse(filters.as_params(), KNOWN) == (filters, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "gone"),
        ("priority", "P9"),
        ("severity", "HIGH"),
        ("team", "care"),
        ("monitor", "mon_x"),
        ("assignee", "someone"),
        ("order", "title"),
        ("follow_up", "soon"),
        ("after", "P1~2026-03-02T09:00:00+00:00"),
        ("after", "P1~2026-03-02T09:00:00~7"),
        ("before", "²"),
        ("page", "2"),
        ("color", "red"),
    ],
)
def test_what_is_invalid_is_dropped_with_a_word_about_it(name: str, value: str) -> None:
    filters, dropped = parse({name: value, "team": "shipping"} | {name: value}, KNOWN)
    assert len(dropped) == 1
    assert name in dropped[0]
    assert filters == (Filters() if name == "team" else Filters(team="shipping"))


def test_a_long_search_is_cut_and_said_to_be() -> None:
    filters, dropped = parse({"search": "x" * 5000}, KNOWN)
    assert filters.search == "x" * 200
    assert dropped == ["the search was cut at 200 characters"]


def test_words_become_what_the_store_is_asked_for() -> None:
    mine = Filters(assignee="me", follow_up="due").as_queue_filter("kim.larsen", NOW)
    assert (mine.assignee, mine.states, mine.follow_up_by) == ("kim.larsen", OPEN_STATES, NOW)
    assert Filters(assignee="nobody").as_queue_filter("kim.larsen", NOW).assignee == ""
    assert Filters(status="all").as_queue_filter("kim.larsen", NOW).states is None
