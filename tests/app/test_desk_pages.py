"""The pages beside the queue: what is held back, the people, and reporting by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from opsloop.service.drafting import drafts_of, keep_drafts
from opsloop.service.muting import mutes_of
from tests.app.conftest import Open, led_to, visible
from tests.app.world import KIM, LATE, NOW, OLA, REVIEWS, World, person, put_roles_in_force

MO = "mo.bauer"  # leads shipping


class TestHeldBack:
    def test_nothing_yet(self, empty: World, open_page: Open) -> None:
        text = visible(open_page("mutes"))
        for said in (
            "0 events held back · 0 mutes in force",
            "Nothing is muted.",
            "Nothing is held back: whatever fires has an incident.",
            "Nothing is accepted.",
        ):
            assert said in text

    def test_mute_and_lift(self, desk: World, open_page: Open) -> None:
        browser = open_page("mutes", person=MO)
        browser.selectbox(key="mute_monitor").select(LATE)
        browser.selectbox(key="mute_until").select("3 days")
        browser.text_input(key="mute_entity").input("order 7*")
        browser.text_input(key="mute_evidence").input("carrier=north, paid=true")
        browser.text_input(key="mute_reason").input("The carrier knows.")
        browser.button(key="mute_send").click().run()
        [one] = mutes_of(desk.store, datetime.now(NOW.tzinfo))
        assert (one.mute.monitor_id, one.mute.entity_id) == (LATE, "order 7*")
        assert one.mute.evidence == {"carrier": "north", "paid": True}
        text = visible(browser)
        assert "Late orders · order 7* · carrier=north, paid=true" in text
        assert "The carrier knows." in text
        assert "1 mute in force" in text
        assert browser.text_input(key="mute_reason").value == ""
        browser.button(key=f"mutes_{one.mute.mute_id}_lift").click().run()
        assert "is lifted" in visible(browser)
        assert mutes_of(desk.store, datetime.now(NOW.tzinfo)) == []
        browser.toggle(key="mutes_ended").set_value(True).run()
        assert f"lifted by {MO}" in visible(browser)

    def test_what_is_refused_says_why_and_keeps_the_text(
        self, desk: World, open_page: Open
    ) -> None:
        browser = open_page("mutes", person=MO)
        browser.text_input(key="mute_reason").input("A long reason")
        browser.button(key="mute_send").click().run()
        assert "A mute of everything is refused." in visible(browser)
        browser.text_input(key="mute_evidence").input("carrier")
        browser.button(key="mute_send").click().run()
        assert "'carrier' is not COLUMN=VALUE" in visible(browser)
        browser.selectbox(key="mute_until").select("A moment").run()
        browser.text_input(key="mute_evidence").input("carrier=north")
        browser.button(key="mute_send").click().run()
        assert "Give the moment at which it ends." in visible(browser)
        assert browser.text_input(key="mute_reason").value == "A long reason"
        assert drafts_of(desk.store, MO, 0)["mute_reason"] == "A long reason"
        # the other sheets about no incident have reasons of their own
        assert not open_page("people", person=MO).text_input(key="away_reason").value

    def test_whoever_may_not_is_told_so(self, desk: World, open_page: Open) -> None:
        number = desk.service.mute(
            person(MO), monitor_id=LATE, until=NOW + timedelta(days=1), reason="known"
        )
        put_roles_in_force(desk)
        browser = open_page("mutes", person=KIM)
        assert "This needs a lead" in visible(browser)
        assert "mute_send" not in {button.key for button in browser.button}
        lift = browser.button(key=f"mutes_{number}_lift")
        assert (lift.disabled, lift.help) == (True, "This needs a lead of shipping. Ask mo.bauer.")

    def test_a_lead_mutes_the_monitors_of_their_own_team(
        self, desk: World, open_page: Open
    ) -> None:
        put_roles_in_force(desk)
        browser = open_page("mutes", person=OLA)  # of a team that all its members lead
        browser.selectbox(key="mute_monitor").select(LATE).run()
        assert "This needs a lead of shipping. Ask mo.bauer." in visible(browser)
        assert "mute_send" not in {button.key for button in browser.button}
        browser.selectbox(key="mute_monitor").select(REVIEWS).run()
        browser.text_input(key="mute_reason").input("They know.")
        browser.button(key="mute_send").click().run()
        [one] = mutes_of(desk.store, datetime.now(NOW.tzinfo))
        assert one.mute.monitor_id == REVIEWS

    def test_what_was_accepted_is_listed_with_its_end(self, desk: World, open_page: Open) -> None:
        until = NOW + timedelta(days=3)
        desk.service.resolve(
            1, person(MO), code="accepted", accepted_until=until, text="It is known."
        )
        text = visible(open_page("mutes"))
        assert f"#1 Order 7 is 3 days late Late orders · until {until:%Y-%m-%d %H:%M} UTC" in text


class TestPeople:
    def test_everybody_with_their_load(self, desk: World, open_page: Open) -> None:
        desk.service.log_work(2, person(KIM), minutes=90)
        text = visible(open_page("people"))
        assert "3 people · 0 are away" in text
        assert "Shipping lead: mo.bauer" in text
        assert "kim.larsen (you) 1 " in text
        assert "Worked" not in text, "nobody asked for figures of persons"

    def test_what_they_worked_where_that_is_wanted(self, desk: World, open_page: Open) -> None:
        settings = desk.project / "opsloop.yml"
        settings.write_text(settings.read_text() + "person_figures: {days: 14}\n")
        desk.service.log_work(2, person(KIM), minutes=90)
        text = visible(open_page("people"))
        assert "Worked, 14 days" in text
        assert "kim.larsen (you) 1 1.5 h of 80 h" in text
        mine = text.partition("Your own weeks")[2]
        assert "1.5 h of " in mine
        others = visible(open_page("people", person=OLA)).partition("Your own weeks")[2]
        assert "1.5 h" not in others, "they are for nobody else"

    def test_away_and_back(self, desk: World, open_page: Open) -> None:
        browser = open_page("people")
        browser.selectbox(key="away_until").select("1 week")
        browser.text_input(key="away_reason").input("on a course")
        browser.button(key="away_send").click().run()
        text = visible(browser)
        assert "1 is away" in text
        assert "UTC (on a course)" in text
        browser.button(key="rota_kim.larsen_back").click().run()
        assert "kim.larsen is back" in visible(browser)
        assert desk.store.absences(datetime.now(NOW.tzinfo)) == []

    def test_only_ones_own_team(self, desk: World, open_page: Open) -> None:
        put_roles_in_force(desk)
        desk.service.go_away(person(KIM), KIM, until=NOW + timedelta(days=1))
        browser = open_page("people", person=OLA)
        assert browser.selectbox(key="away_who").options == [f"{OLA} (you)"]
        assert f"rota_{KIM}_back" not in {button.key for button in browser.button}

    def test_what_is_planned_can_be_called_off(self, desk: World, open_page: Open) -> None:
        starts_at = NOW + timedelta(days=2)
        number = desk.service.go_away(
            person(KIM), KIM, starts_at=starts_at, until=starts_at + timedelta(days=1)
        )
        browser = open_page("people")
        browser.button(key=f"rota_{number}_cancel").click().run()
        assert "Called off: kim.larsen is not away from" in visible(browser)
        assert f"rota_{number}_cancel" not in {button.key for button in browser.button}
        assert desk.store.absences(NOW) == []


class TestReport:
    def test_whoever_may_not_is_told_so(self, desk: World, open_page: Open) -> None:
        put_roles_in_force(desk, "needs: {report: lead}")
        browser = open_page("report", person=KIM)
        assert "This needs a lead" in visible(browser)
        assert "report_send" not in {button.key for button in browser.button}

    def test_what_no_monitor_found(self, desk: World, open_page: Open) -> None:
        browser = open_page("report")
        browser.text_input(key="report_title").input("A parcel  burst")
        browser.text_area(key="report_text").input("On belt 3.")
        browser.selectbox(key="report_severity").select("critical")
        browser.text_input(key="report_entity").input("order 7")
        browser.text_input(key="report_found_by").input("A customer")
        browser.button(key="report_send").click().run()
        detail = desk.store.detail(6)
        assert (detail.title, detail.incident.found_by) == ("A parcel burst", "A customer")
        assert (detail.incident.team, detail.incident.entity_id) == ("shipping", "order 7")
        assert led_to(browser) == "incident?incident=6"
        text = visible(open_page("incident", incident="6"))
        assert "kim.larsen reported it, for shipping; A customer noticed it" in text
        assert "On belt 3." in text

    def test_without_a_title(self, desk: World, open_page: Open) -> None:
        browser = open_page("report")
        browser.text_area(key="report_text").input("On belt 3.")
        browser.button(key="report_send").click().run()
        assert "The title has 0 characters." in visible(browser)
        assert browser.text_area(key="report_text").value == "On belt 3."


class TestDrafts:
    def test_what_was_typed_is_there_again(self, desk: World, open_page: Open) -> None:
        now = datetime.now(NOW.tzinfo)
        keep_drafts(desk.store, KIM, 1, {"comment": "I think", "root_cause": "carrier"}, now)
        keep_drafts(desk.store, OLA, 1, {"comment": "not mine"}, now)
        browser = open_page("incident", incident="1")
        assert browser.text_area(key="act_1_comment").value == "I think"
        assert browser.text_input(key="act_1_root_cause").value == "carrier"
        browser.button(key="act_1_comment_send").click().run()
        assert desk.store.detail(1).log[-1].text == "I think"
        assert drafts_of(desk.store, KIM, 1) == {"root_cause": "carrier"}
        assert drafts_of(desk.store, OLA, 1) == {"comment": "not mine"}

    def test_what_is_refused_is_kept(self, desk: World, open_page: Open) -> None:
        browser = open_page("incident", incident="1")
        desk.service.take(1, person(MO))
        browser.text_area(key="act_1_note").input("It arrived.")
        browser.button(key="act_1_resolve_send").click().run()
        assert drafts_of(desk.store, KIM, 1) == {"note": "It arrived."}
        assert open_page("incident", incident="1").text_area(key="act_1_note").value == (
            "It arrived."
        )
