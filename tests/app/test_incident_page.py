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
    assert "Back to the queue" in visible(browser)


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


def test_whoever_escalates_to_nobody_is_asked_whom(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.text_area(key="act_1_question").input("Can you look?")
    browser.button(key="act_1_escalate_send").click().run()
    assert "Nobody was named to ask. Name a team, a person or" in visible(browser)
    assert browser.text_area(key="act_1_question").value == "Can you look?"


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
    assert "The reason of an acceptance on incident 1 needs a text." in visible(browser)
    browser.text_area(key="act_1_note").input("The customer agreed.")
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
    [table] = [
        one.proto
        for one in browser.get("bidi_component")
        if one.proto.component_name == "incident_table"
    ]
    assert '"number": 3' in table.json


def test_wait_and_go_on(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="2")
    browser.text_input(key="act_2_waiting_on").input("Acme")
    browser.text_input(key="act_2_waiting_reason").input("the part")
    browser.button(key="act_2_wait_send").click().run()
    assert desk.store.detail(2).incident.state == "waiting"
    assert "Acme: the part" in visible(browser)
    assert "waits on Acme for the part" in visible(browser)
    browser.button(key="act_2_take").click().run()
    assert desk.store.detail(2).incident.state == "active"


def test_snooze_and_wake(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.segmented_control(key="act_1_pause_kind").set_value("Snooze").run()
    browser.number_input(key="act_1_more_events").set_value(3)
    browser.button(key="act_1_snooze_send").click().run()
    incident = desk.store.detail(1).incident
    assert (incident.state, incident.wake_events) == ("snoozed", incident.events_total + 3)
    assert incident.snoozed_until is not None
    browser.button(key="act_1_wake").click().run()
    assert desk.store.detail(1).incident.state == "new"


def test_a_decision_can_be_undone_while_it_is_the_last(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.button(key="act_1_take").click().run()
    browser.button(key="act_1_undo").click().run()
    assert desk.store.detail(1).incident.assignee is None
    assert "took a decision back: it is new again" in visible(browser)
    browser.button(key="act_1_take").click().run()
    desk.service.assign(1, person(OLA), person=OLA)
    browser.button(key="act_1_undo").click().run()
    assert "was decided about after that" in visible(browser)
    assert desk.store.detail(1).incident.assignee == OLA


@pytest.mark.parametrize(
    ("kind", "fields", "send", "said"),
    [
        ("Update", {"update": "We are on it"}, "update_send", "told those affected"),
        ("Priority", {"priority_reason": "the fair"}, "priority_send", "made it P"),
        ("Class", {"type": "lost_parcel"}, "class_send", "classified it: exception, lost parcel"),
        ("Work", {"minutes": 15, "work_note": "calls"}, "work_send", "logged 15 min of work"),
        ("Link", {"other": 2}, "link_send", "linked it to #2 (related)"),
    ],
)
def test_what_is_done_less_often(
    desk: World, open_page: Open, kind: str, fields: dict[str, object], send: str, said: str
) -> None:
    browser = open_page("incident", incident="1")
    browser.pills(key="act_1_more_kind").set_value(kind).run()
    for name, value in fields.items():
        where = browser.text_area if name == "update" else browser.text_input
        if isinstance(value, int):
            browser.number_input(key=f"act_1_{name}").set_value(value)
        else:
            where(key=f"act_1_{name}").input(str(value))
    browser.button(key=f"act_1_{send}").click().run()
    assert said in visible(browser)


def test_a_timer_is_started_and_stopped(desk: World, open_page: Open) -> None:
    desk.service.start_timer(1, person(OLA))
    browser = open_page("incident", incident="1")
    assert f"{OLA} works on it since" in visible(browser)
    browser.button(key="act_1_timer").click().run()
    assert KIM in desk.store.detail(1).timers
    browser.button(key="act_1_timer").click().run()
    assert KIM not in desk.store.detail(1).timers


def test_a_resolved_incident_is_closed(desk: World, open_page: Open) -> None:
    desk.service.resolve(1, person(KIM), code="fixed")
    browser = open_page("incident", incident="1")
    browser.button(key="act_1_close").click().run()
    assert desk.store.detail(1).incident.state == "closed"


def test_a_question_that_was_asked_again_still_says_what_it_asks(
    desk: World, open_page: Open
) -> None:
    desk.service.nudge(2, person(KIM), text="Any news?")
    text = visible(open_page("incident", incident="2"))
    question = text[text.index("Waiting for team customer care") :][:200]
    assert "Told them?" in question
    assert "and 1 × again" in question
