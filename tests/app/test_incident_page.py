"""An incident's page."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.app import world
from tests.app.conftest import Open, visible
from tests.app.world import KIM, OLA, World, person


def test_the_page_tells_the_whole_story(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="2")
    text = visible(browser)
    for said in (
        "Incident 2",
        "Order 8 is late",
        "Active",
        "P2 · High",
        "80 EUR",
        "2 firing",
        "kim.larsen took it",
        "kim.larsen escalated to team customer care: help",
        "Waiting for team customer care",
        "Told them?",
        "Late orders opened with 2 events, for shipping",
        "mon_late_orders",
    ):
        assert said in text
    assert any("past their promise" in part.value for part in browser.markdown)


def test_evidence_keeps_its_types(desk: World, open_page: Open) -> None:
    shown = open_page("incident", incident="1").dataframe[0].value
    assert list(shown.columns)[:4] == ["Entity", "Standing", "Occurred", "First seen"]
    assert shown["days_late"].tolist() == [3]
    assert str(shown["promised_at"].dtype).startswith("datetime64")
    assert shown["paid"].tolist() == [True]


def test_a_runbook_is_markdown_without_html(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    runbook = next(part for part in browser.markdown if "# Late orders" in part.value)
    assert not runbook.proto.allow_html


@pytest.mark.parametrize("number", ["", "999", "abc", "-1", "1.5", "٣", "9" * 40])
def test_an_address_without_an_incident_says_so(desk: World, open_page: Open, number: str) -> None:
    browser = open_page("incident", incident=number)
    assert "No such incident" in visible(browser)
    assert browser.button(key="incident_head_back")


def test_take_comment_resolve_reopen(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.button(key="act_1_take").click().run()
    assert desk.store.detail(1).incident.assignee == KIM
    assert "incident 1 is up to date" in visible(browser)

    browser.text_area(key="act_1_comment").input("Asked the carrier.")
    browser.button(key="act_1_comment_send").click().run()
    assert "Asked the carrier." in visible(browser)
    assert browser.text_area(key="act_1_comment").value == ""

    browser.text_input(key="act_1_root_cause").input("carrier")
    browser.text_area(key="act_1_note").input("It arrived.")
    browser.button(key="act_1_resolve_send").click().run()
    incident = desk.store.detail(1).incident
    assert (incident.state, incident.resolution_code) == ("resolved", "fixed")
    assert incident.root_cause == "carrier"

    browser.text_area(key="act_1_note").input("It was the wrong one.")
    browser.button(key="act_1_reopen_send").click().run()
    assert desk.store.detail(1).incident.state == "active"


def test_assign_to_a_person_of_another_team(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.selectbox(key="act_1_person").select(OLA)
    browser.button(key="act_1_assign_send").click().run()
    incident = desk.store.detail(1).incident
    assert (incident.assignee, incident.team) == (OLA, "customer_care")


def test_assign_to_nobody_is_refused_with_a_reason(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.button(key="act_1_assign_send").click().run()
    assert "nobody was named" in visible(browser)


def test_escalate_and_answer(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.button_group(key="act_1_to_kind").select("outside").run()
    browser.text_input(key="act_1_to_outside").input("North Post")
    browser.selectbox(key="act_1_escalation_type").select("decision")
    browser.text_area(key="act_1_question").input("Where is it?")
    browser.button(key="act_1_escalate_send").click().run()
    assert "escalated to North Post (outside): decision" in visible(browser)
    asked = desk.store.detail(1).escalations[0].escalation_id

    browser.text_area(key=f"act_1_answer_{asked}").input("In Leeds.")
    browser.button(key=f"act_1_answer_{asked}_send").click().run()
    escalation = desk.store.detail(1).escalations[0]
    assert escalation.answered_by == KIM
    assert "Waiting for" not in visible(browser)


def test_accepting_needs_an_end(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.selectbox(key="act_1_code").select("accepted").run()
    browser.button(key="act_1_resolve_send").click().run()
    assert "Say until when" in visible(browser)
    browser.datetime_input(key="act_1_accepted_until").set_value(datetime(2030, 1, 2, 3, 0))  # noqa: DTZ001
    browser.button(key="act_1_resolve_send").click().run()
    incident = desk.store.detail(1).incident
    assert incident.accepted_until is not None
    assert incident.accepted_until.isoformat() == "2030-01-02T03:00:00+00:00"


def test_the_second_of_two_hears_who_was_first_and_keeps_the_draft(
    desk: World, open_page: Open
) -> None:
    browser = open_page("incident", incident="1")
    desk.service.take(1, person(OLA))
    desk.service.escalate(1, person(OLA), to_kind="team", to_id="shipping", text="?")
    browser.text_area(key="act_1_note").input("My long explanation")
    browser.button(key="act_1_resolve_send").click().run()
    text = visible(browser)
    assert "Incident 1 changed since you looked: taken by ola.ruiz" in text
    assert "escalated by ola.ruiz" in text
    assert desk.store.detail(1).incident.state == "active"
    assert browser.text_area(key="act_1_note").value == "My long explanation"
    # having seen it, the same click goes through
    browser.button(key="act_1_resolve_send").click().run()
    assert desk.store.detail(1).incident.state == "resolved"


def test_a_draft_outlives_somebody_elses_resolve(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    desk.service.resolve(1, person(OLA), code="fixed")
    browser.text_area(key="act_1_note").input("Not fixed at all")
    browser.button(key="act_1_resolve_send").click().run()
    assert "resolved by ola.ruiz" in visible(browser)
    assert browser.text_area(key="act_1_note").value == "Not fixed at all"
    assert browser.button(key="act_1_reopen_send")


def test_hostile_texts_are_shown_as_text(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="4")
    assert " ".join(world.VERY_LONG.split()) in visible(browser)
    sources = "".join(element.proto.body for element in browser.get("html"))
    assert "<script" not in sources
    assert "<img" not in sources
    assert browser.dataframe[0].value["<b>column</b>"].tolist() == [world.HOSTILE]
    markdown = "".join(part.value for part in browser.markdown)
    assert "window.hacked=1</script><img" not in markdown


def test_flags_are_shown(desk: World, open_page: Open) -> None:
    world.clear_all(desk.store, 2)
    desk.service.reopen(5, person(OLA), text="No.")
    assert "all clear" in visible(open_page("incident", incident="2"))
    assert "reopened" in visible(open_page("incident", incident="5"))


def test_a_flood_is_paged_and_keeps_every_event(empty: World, open_page: Open) -> None:
    entities = [f"order {place:04}" for place in range(250)]
    number = world.open_incident(empty.store, "Everything is late", entities=entities)
    browser = open_page("incident", incident=str(number))
    assert "flood" in visible(browser)
    seen = browser.dataframe[0].value["Entity"].tolist()
    for page in (2, 3):
        browser.get("pagination")[0].select(page).run()
        seen += browser.dataframe[0].value["Entity"].tolist()
    assert sorted(seen) == entities


def test_a_monitor_that_the_project_no_longer_has_is_shown_by_its_id(
    desk: World, open_page: Open
) -> None:
    (desk.project / "target" / "manifest.json").unlink()
    text = visible(open_page("incident", incident="1"))
    assert "mon_late_orders" in text
    assert "Late orders" in text


def test_a_long_log_is_cut_until_asked_for(desk: World, open_page: Open) -> None:
    for place in range(70):
        desk.service.comment(3, person(OLA), f"Comment {place:02}.")
    browser = open_page("incident", incident="3")
    assert "Comment 69." in visible(browser)
    assert "Comment 00." not in visible(browser)
    browser.toggle[0].set_value(True).run()
    assert "Comment 00." in visible(browser)


def test_other_incidents_of_the_entity_are_listed(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    assert "Other incidents of the same entities" in visible(browser)
    assert '"number": 3' in browser.get("bidi_component")[0].proto.json
