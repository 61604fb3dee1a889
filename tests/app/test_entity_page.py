"""An entity's page: its whole story, whichever monitor found it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app import stories
from opsloop.store.history import EventStep
from opsloop.suppression import Hold, Mute
from opsloop.types import Disposition, EventChange, Severity
from tests.app.conftest import Open, url, visible
from tests.app.world import HOSTILE, KIM, LATE, NOW, OLA, REVIEWS, World, person


def test_the_story_of_an_order(desk: World, open_page: Open) -> None:
    desk.service.take(1, person(KIM))
    desk.service.mute(
        person("mo.bauer"), entity_id="order 7", until=NOW + timedelta(days=1), reason="known"
    )
    text = visible(open_page("entity", entity="order 7"))
    for said in (
        "order 7",
        "Seen 2 times",
        "Open now 2 2 events not cleared",
        "Incidents 2 in all",
        "Came back 0 ×",
        "Late orders found it (critical, impact 40)",
        "Bad reviews found it (low, impact 40)",
        "#1 kim.larsen took it",
        "mo.bauer muted it until",
        "known",
        "Order 7 is 3 days late",
        "One star: never again",
    ):
        assert said in text


def test_one_monitor_alone(desk: World, open_page: Open) -> None:
    browser = open_page("entity", entity="order 7")
    browser.pills(key="entity_monitor").set_value(REVIEWS).run()
    assert url(browser)["monitor"] == REVIEWS
    text = visible(browser)
    assert "Seen 1 time" in text
    assert "Order 7 is 3 days late" not in text
    shared = visible(open_page("entity", entity="order 7", monitor=LATE))
    assert "One star" not in shared


@pytest.mark.parametrize("entity", ["", "order 700", HOSTILE + "x"])
def test_what_nobody_ever_named(desk: World, open_page: Open, entity: str) -> None:
    browser = open_page("entity", entity=entity)
    assert "Nothing is known of this entity" in visible(browser)
    assert "Back to the queue" in visible(browser)


def test_an_address_without_a_name_says_so(desk: World, open_page: Open) -> None:
    assert "The address names none." in visible(open_page("entity"))


def test_a_hostile_name_is_text(desk: World, open_page: Open) -> None:
    browser = open_page("entity", entity=HOSTILE)
    assert "<script>window.hacked=1</script>" in visible(browser)
    assert "ola.ruiz commented" in visible(browser)


def test_an_incident_leads_to_its_entities(desk: World, open_page: Open) -> None:
    browser = open_page("incident", incident="2")
    bodies = "".join(element.proto.body for element in browser.get("html"))
    assert 'href="entity?entity=order%208"' in bodies
    assert 'href="entity?entity=order%209"' in bodies


# names of cases must not hold the moment at which they were collected: xdist compares them
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def step(**values: object) -> EventStep:
    given = {
        "at": NINE, "seq": 1, "event_id": "e", "monitor_id": LATE, "incident_id": None,
        "change": EventChange.APPEARED, "disposition": Disposition.MUTED,
        "severity": Severity.HIGH, "impact": None, "cleared_reason": None, "holds": (),
    }  # fmt: skip
    return EventStep(**{**given, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "found it (high)"),
        ({"change": EventChange.WORSENED, "impact": 12.5}, "found it worse (high, impact 12.5)"),
        ({"change": EventChange.CLEARED}, "finds it no more: it cleared"),
        (
            {"change": EventChange.CLEARED, "cleared_reason": "rule_changed"},
            "finds it no more: its rule changed",
        ),
        ({"change": EventChange.MOVED, "incident_id": 9}, "has it in #9 now"),
        (
            {"holds": (Hold(Disposition.INHIBITED, "4", None),)},
            "found it (high); held back by #4 while that is open",
        ),
        (
            {"holds": (Hold(Disposition.MAINTENANCE, "night_works", NINE),)},
            "found it (high); held back by maintenance night works until 2026-03-02 09:00 UTC",
        ),
        (
            {"holds": (Hold(Disposition.MUTED, "3", None), Hold(Disposition.MUTED, "4", None))},
            f"found it (high); held back by the mute of {OLA} until 2026-03-02 09:00 UTC (known)"
            " and mute 4",
        ),
    ],
)
def test_what_is_said_of_an_event(values: dict[str, object], said: str) -> None:
    mute = Mute(3, None, "order 7", NINE, NINE, "known", OLA, NINE)
    assert stories.event_sentence(step(**values), {"3": mute}) == said
