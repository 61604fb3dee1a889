"""What the page does not let somebody do, and follow-ups, acceptances and classes on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.components.incident_table import flags
from tests.app.conftest import Open, rows, visible
from tests.app.world import KIM, OLA, SETTINGS, World, person

ROLES = "roles:\n"


def govern(desk: World, more: str = ROLES) -> None:
    """Let roles be in force."""
    (desk.project / "opsloop.yml").write_text(SETTINGS + more)


def test_who_may_not_sees_why_instead_of_the_form(desk: World, open_page: Open) -> None:
    govern(desk)
    browser = open_page("incident", incident="3")  # of customer care, where Kim is nobody
    assert browser.button(key="act_3_take").disabled
    assert browser.button(key="act_3_take").help.startswith("This needs a member of customer care.")
    assert "This needs a member of customer care. Ask ola.ruiz." in visible(browser)
    keys = {button.key for button in browser.button}
    assert "act_3_resolve_send" not in keys
    assert "act_3_comment_send" in keys  # words are free


def test_to_accept_takes_a_lead_and_to_resolve_does_not(desk: World, open_page: Open) -> None:
    govern(desk)
    browser = open_page("incident", incident="1")
    assert "act_1_resolve_send" in {button.key for button in browser.button}
    browser.selectbox(key="act_1_code").select("accepted").run()
    assert "This needs a lead of shipping. Ask mo.bauer." in visible(browser)
    assert "act_1_resolve_send" not in {button.key for button in browser.button}


def test_without_roles_nothing_is_withheld(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="3")
    assert not browser.button(key="act_3_take").disabled
    assert "This needs" not in visible(browser)


def test_a_wait_is_followed_up_on_its_page(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.text_input(key="act_1_waiting_on").input("Acme")
    browser.text_input(key="act_1_waiting_reason").input("a part")
    browser.number_input(key="act_1_every_hours").set_value(4.0)
    browser.button(key="act_1_wait_send").click().run()
    waiting = desk.store.detail(1).incident
    assert (waiting.waiting_on, waiting.follow_up_every_s) == ("Acme", 4 * 3600)
    assert waiting.follow_up_at is not None

    assert "Waits on Acme; 0 follow-ups so far." in visible(browser)
    browser.text_input(key="act_1_follow_up_note").input("Where is it?")
    browser.button(key="act_1_follow_up_send").click().run()
    after = desk.store.detail(1).incident
    assert after.follow_ups == 1
    assert after.follow_up_at is not None
    assert after.follow_up_at >= waiting.follow_up_at
    assert "followed up, for the first time" in visible(browser)
    assert "Where is it?" in visible(browser)


def test_a_follow_up_that_is_due_shows_in_the_queue(desk: World, open_page: Open) -> None:
    due = datetime.now(UTC) + timedelta(milliseconds=50)
    desk.service.wait(1, person(KIM), kind="supplier", on="Acme", reason="a part", follow_up_at=due)
    incident = desk.store.detail(1).incident
    assert [one["label"] for one in flags(incident, due)] == ["ask again"]
    assert [one["label"] for one in flags(incident, due - timedelta(seconds=1))] == []


def test_an_escalation_says_its_class(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="1")
    browser.selectbox(key="act_1_to_team").select("customer_care")
    browser.selectbox(key="act_1_escalation_type").select("decision")
    browser.selectbox(key="act_1_escalation_class").select("request")
    browser.text_area(key="act_1_question").input("May we refund?")
    browser.button(key="act_1_escalate_send").click().run()
    [asked] = desk.store.detail(1).escalations
    assert (asked.escalation_type, asked.escalation_class) == ("decision", "request")
    assert "decision, request" in visible(browser)


def test_an_acceptance_shows_its_end_and_its_reason(desk: World, open_page: Open) -> None:
    until = datetime(2099, 1, 2, 3, tzinfo=UTC)
    desk.service.resolve(
        1, person(KIM), code="accepted", accepted_until=until, text="The customer agreed."
    )
    text = visible(open_page("incident", incident="1"))
    assert "2099-01-02 03:00 UTC" in text
    assert "The customer agreed." in text


def test_the_queue_offers_to_take_what_one_may_take(desk: World, open_page: Open) -> None:
    govern(desk)
    offered = {
        name: {row["number"] for row in rows(open_page(person=name)) if row["can_take"]}
        for name in (KIM, OLA)
    }
    assert offered[OLA] == {3}
    assert 1 in offered[KIM]
    assert 3 not in offered[KIM]
