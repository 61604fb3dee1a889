"""Merging, splitting and opening floods up on an incident's page."""

from __future__ import annotations

import pytest

from app.components.joining import merged, opened
from opsloop.service.opening_up import OpenedUp
from opsloop.types import Incident, State
from tests.app import world
from tests.app.conftest import Open, visible
from tests.app.world import KIM, NOW, OLA, World, person


def incident(number: int, **values: object) -> Incident:
    return Incident(number, 1, 1, State.NEW, NOW, team="shipping", **values)  # type: ignore[arg-type]


def test_what_a_merge_brings_about_is_said_before() -> None:
    source = incident(5, events_total=3, events_firing=2, priority="P1")
    target = incident(7, events_total=1, events_firing=1, priority="P3", assignee=KIM)
    assert list(merged(source, target)) == [
        "3 events and their keys go to #7, which then has 4 events, 3 firing.",
        "#7 stays with kim.larsen (shipping); #5 ends as its duplicate.",
        "It may become more pressing: #5 is P1.",
        "Undo takes it back until either is decided about.",
    ]
    [stays, undo] = merged(incident(5), incident(7))
    assert stays == "#7 stays with team shipping; #5 ends as its duplicate."
    assert undo.startswith("Undo")


def test_what_came_of_opening_up() -> None:
    ended = incident(5)
    assert opened(OpenedUp(incident(5, events_firing=2), (8,), ("b",))) == (
        "1 incident opened, #8; 2 events fire on in #5."
    )
    assert "#8 to #10; 0 events fire on" in opened(OpenedUp(ended, (8, 9, 10), ("b",)))
    assert "cleared meanwhile" in opened(OpenedUp(ended, (), ()))


def test_merge_and_take_it_back(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.pills(key="act_1_more_kind").set_value("Merge").run()
    offered = browser.selectbox(key="act_1_merge_into")
    assert [option.split()[0] for option in offered.options] == ["#4", "#2"]
    browser.text_input(key="act_1_merge_search").input("order 8").run()
    assert "1 event and its key go to #2 , which then has 3 events" in visible(browser)
    browser.text_input(key="act_1_merge_reason").input("one lorry")
    browser.button(key="act_1_merge_send").click().run()
    assert "#1 goes on in #2" in visible(browser)
    merged_one = desk.store.detail(1)
    assert (merged_one.incident.merged_into, merged_one.log[-1].text) == (2, "one lorry")
    browser.button(key="act_1_undo").click().run()
    assert desk.store.detail(1).incident.state is State.NEW


def test_a_number_finds_another_teams_incident(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.pills(key="act_1_more_kind").set_value("Merge").run()
    browser.text_input(key="act_1_merge_search").input("nothing like it").run()
    assert "No other open incident of shipping matches" in visible(browser)
    browser.text_input(key="act_1_merge_search").input("#3").run()
    assert browser.selectbox(key="act_1_merge_into").options[0].startswith("#3 ")


@pytest.fixture
def flood(desk: World) -> int:
    """Return the number of a flood of four orders."""
    orders = [f"order {number}" for number in range(20, 24)]
    return world.open_incident(desk.store, "Flood of late orders", entities=orders, is_flood=True)


def test_a_flood_is_opened_up_whole_and_taken_back(
    desk: World, flood: int, open_page: Open
) -> None:
    browser = open_page("incident", incident=str(flood))
    browser.pills(key=f"act_{flood}_more_kind").set_value("Split").run()
    assert "Each key of its 4 firing events becomes an incident" in visible(browser)
    browser.button(key=f"act_{flood}_split_send").click().run()
    text = visible(browser)
    assert f"4 incidents opened, #{flood + 1} to #{flood + 4} ; #{flood} has ended" in text
    assert "it goes on in 4 incidents" in text
    titles = [desk.store.detail(flood + place).title for place in (1, 4)]
    assert titles == ["Order order 20 is late", "Order order 23 is late"]
    browser.button(key=f"act_{flood}_undo").click().run()
    back = desk.store.detail(flood).incident
    assert (back.state, back.events_firing) == (State.NEW, 4)
    assert desk.store.detail(flood + 1).incident.merged_into == flood


def test_the_worst_of_a_flood_are_taken_out(desk: World, flood: int, open_page: Open) -> None:
    browser = open_page("incident", incident=str(flood))
    browser.pills(key=f"act_{flood}_more_kind").set_value("Split").run()
    browser.pills(key=f"act_{flood}_split_how").set_value("The worst").run()
    browser.number_input(key=f"act_{flood}_split_worst").set_value(3)
    browser.button(key=f"act_{flood}_split_send").click().run()
    assert desk.store.detail(flood).incident.events_firing == 1


def test_what_is_marked_has_to_be_marked_first(desk: World, flood: int, open_page: Open) -> None:
    browser = open_page("incident", incident=str(flood))
    browser.pills(key=f"act_{flood}_more_kind").set_value("Split").run()
    for how in ("What is marked", "Into one"):
        browser.pills(key=f"act_{flood}_split_how").set_value(how).run()
        assert "Mark events in the evidence first" in visible(browser)


def test_whoever_may_not_is_told_who_may(desk: World, flood: int, open_page: Open) -> None:
    world.put_roles_in_force(desk)
    browser = open_page("incident", incident=str(flood), person=OLA)
    browser.pills(key=f"act_{flood}_more_kind").set_value("Split").run()
    assert "mo.bauer" in visible(browser)
    with pytest.raises(KeyError, match="split_send"):
        browser.button(key=f"act_{flood}_split_send")


def test_the_second_of_two_hears_who_was_first(desk: World, flood: int, open_page: Open) -> None:
    browser = open_page("incident", incident=str(flood))
    browser.pills(key=f"act_{flood}_more_kind").set_value("Split").run()
    desk.service.take(flood, person("mo.bauer"))
    browser.button(key=f"act_{flood}_split_send").click().run()
    assert "changed since you looked: taken by mo.bauer" in visible(browser)
    assert desk.store.detail(flood).incident.events_firing == 4
