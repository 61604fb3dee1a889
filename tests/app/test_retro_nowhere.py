"""What the retro's addresses lead to when what they name is not there, or only half of it is."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.app import retro_copy
from tests.app.conftest import Open, visible
from tests.app.world import World


def test_a_list_of_incidents_waits_for_figures_too(desk: World, open_page: Open) -> None:
    assert "Nothing is published yet" in visible(open_page("incidents", figure="opened"))


def test_a_period_before_all_figures_says_when_they_begin(desk: World, open_page: Open) -> None:
    retro_copy.publish(desk.serving, desk.store, published_at=datetime.now(UTC))
    text = visible(open_page("retro", **{"from": "2020-01-01", "to": "2020-01-08"}))
    assert "1 to 7 Jan 2020 · Nothing is known of these days: figures begin on 16 Feb 2026." in text


def test_a_period_that_has_not_begun_is_beside_nothing(desk: World, open_page: Open) -> None:
    retro_copy.publish(desk.serving, desk.store, published_at=datetime.now(UTC))
    text = visible(open_page("retro", **{"from": "2026-03-06", "to": "2026-03-09"}))
    assert (
        "6 to 8 Mar 2026, not begun yet · Nothing is known of these days: "
        "figures end on 5 Mar 2026."
    ) in text
    assert "before: " not in text


def test_two_teams_at_once_are_told_of(desk: World, open_page: Open) -> None:
    retro_copy.publish(desk.serving, desk.store, published_at=datetime.now(UTC))
    text = visible(open_page("retro", team=["shipping", "shipping"]))
    assert "Left out of the address: team 'shipping' (one at a time can be looked at)." in text


def test_the_end_of_a_period_does_not_look_like_its_beginning(desk: World, open_page: Open) -> None:
    retro_copy.publish(desk.serving, desk.store, published_at=datetime.now(UTC))
    browser = open_page("retro", to="2026-03-01")
    assert "Until 28 Feb 2026" in visible(browser)
    assert browser.date_input(key="slice_days").value in ([], ())
    browser = open_page("retro", **{"from": "2026-02-20"})
    assert [str(day) for day in browser.date_input(key="slice_days").value] == ["2026-02-20"]
