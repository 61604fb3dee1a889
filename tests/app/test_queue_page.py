"""The queue's page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from app.components import incident_table
from app.components.incident_table import Choice
from opsloop.service import Service
from tests.app import world
from tests.app.conftest import Open, rows, url, visible
from tests.app.world import KIM, NOW, OLA, World, person


def numbers(browser: AppTest) -> list[int]:
    return [row["number"] for row in rows(browser)]


def test_open_incidents_come_worst_first_with_what_an_operator_needs(
    desk: World, open_page: Open
) -> None:
    browser = open_page()
    assert numbers(browser) == [1, 2, 4, 3]
    first, second = rows(browser)[:2]
    assert (first["priority"], first["severity"]) == ("P1", "critical")
    assert (first["title"], first["age"]) == ("Order 7 is 3 days late", "3 h")
    assert (first["impact"], first["monitor"]) == ("40 EUR", "Late orders")
    assert (second["assignee"], second["is_mine"]) == (KIM, True)
    assert (second["events"], second["escalations"]) == ("2", "1")
    assert "4 incidents" in visible(browser)
    assert "3 without an owner" in visible(browser)


def test_counts_stand_beside_each_filter(desk: World, open_page: Open) -> None:
    browser = open_page()
    status = browser.get("button_group")[0]
    assert status.options == [
        "Open **4**",
        "New **3**",
        "Active **1**",
        "Resolved **1**",
        "All **5**",
    ]
    team = browser.button_group(key="filter_team")
    assert team.options == ["Shipping **3**", "Customer care **1**"]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"status": "resolved"}, [5]),
        ({"status": "all", "order": "newest"}, [5, 4, 3, 2, 1]),
        ({"team": "customer_care"}, [3]),
        ({"priority": "P2"}, [2]),
        ({"severity": "low"}, [3]),
        ({"monitor": "mon_bad_reviews"}, [3]),
        ({"assignee": "me"}, [2]),
        ({"assignee": "nobody"}, [1, 4, 3]),
        ({"search": "one star"}, [3]),
        ({"search": "#2"}, [2]),
        ({"team": "shipping", "assignee": "nobody"}, [1, 4]),
    ],
)
def test_filters_live_in_the_url(
    desk: World, open_page: Open, params: dict[str, str], found: list[int]
) -> None:
    browser = open_page(**params)
    assert numbers(browser) == found
    assert url(browser) == params


def test_a_widget_writes_the_url(desk: World, open_page: Open) -> None:
    browser = open_page(status="all")
    browser.selectbox(key="filter_monitor").select("mon_bad_reviews").run()
    assert url(browser)["monitor"] == "mon_bad_reviews"
    assert url(browser)["status"] == "all"
    assert numbers(browser) == [3]
    browser.button(key="filter_clear").click().run()
    assert "monitor" not in url(browser)
    assert numbers(browser) == [1, 2, 4, 3]


@pytest.mark.parametrize(
    "params", [{"team": "<b>x</b>"}, {"status": "gone"}, {"after": "zero"}, {"sort": "up"}]
)
def test_an_invalid_filter_is_dropped_with_a_note(
    desk: World, open_page: Open, params: dict[str, str]
) -> None:
    browser = open_page(**params)
    text = visible(browser)
    assert "Left out of the filters" in text
    assert next(iter(params)) in text
    assert numbers(browser) == [1, 2, 4, 3]
    assert not {*params} & {*url(browser)}


def test_a_search_without_a_match_says_so(desk: World, open_page: Open) -> None:
    browser = open_page(search="no such thing")
    assert "Nothing matches these filters" in visible(browser)
    assert "filter_team" not in {one.key for one in browser.button_group}


def test_an_empty_store_says_how_incidents_come(empty: World, open_page: Open) -> None:
    text = visible(open_page())
    assert "No incidents yet" in text
    assert "opsloop run" in text


def test_a_long_queue_has_pages(empty: World, open_page: Open) -> None:
    for place in range(53):
        world.open_incident(empty.store, f"Order {place}", entities=[f"order {place}"])
    browser = open_page(order="oldest")
    assert len(rows(browser)) == 50
    assert browser.button(key="filter_former").disabled
    browser.button(key="filter_next").click().run()
    assert numbers(browser) == [51, 52, 53]
    assert browser.button(key="filter_next").disabled
    browser.button(key="filter_former").click().run()
    assert numbers(browser) == list(range(1, 51))
    browser.button(key="filter_next").click().run()
    browser.selectbox(key="filter_order").select("newest").run()
    assert not {"after", "before"} & {*url(browser)}


@pytest.mark.parametrize("place", ["after", "before"])
def test_where_a_page_is_no_more_the_first_is_shown(
    desk: World, open_page: Open, place: str
) -> None:
    assert numbers(open_page(**{place: "P4~2099-01-01T00:00:00+00:00~9"})) == [1, 2, 4, 3]


def test_what_is_to_be_asked_again_can_be_filtered(empty: World, open_page: Open) -> None:
    due, later, _ = (world.open_incident(empty.store, title) for title in ("a", "b", "c"))
    browser = open_page()
    with pytest.raises(KeyError):
        browser.button_group(key="filter_follow_up")
    earlier = Service(empty.store, empty.service.config, lambda: NOW - timedelta(hours=2))
    for number, hours in ((due, 1), (later, 10_000)):
        again = NOW - timedelta(hours=2) + timedelta(hours=hours)
        earlier.wait(
            number, person(KIM), kind="supplier", on="Acme", reason="a part", follow_up_at=again
        )
    browser.run()
    browser.button_group(key="filter_follow_up").select("due").run()
    assert url(browser) == {"follow_up": "due"}
    assert numbers(browser) == [due]


def test_hostile_text_is_carried_as_text_and_cut(desk: World, open_page: Open) -> None:
    row = next(row for row in rows(open_page()) if row["number"] == 4)
    assert row["title"] == world.VERY_LONG[:400]


def test_taking_from_the_table_names_the_version_that_was_shown(
    desk: World, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = open_page()
    seen = rows(browser)[0]["decision_version"]
    desk.service.take(1, person(OLA))
    clicks = iter([Choice(1, seen)])
    monkeypatch.setattr(incident_table, "show", lambda *_, **__: next(clicks, None))
    browser.run()
    text = visible(browser)
    assert "Incident 1 changed since you looked" in text
    assert OLA in text
    assert desk.store.detail(1).incident.assignee == OLA


def test_simulated_activity_is_labelled(desk: World, open_page: Open) -> None:
    assert "Simulated desk activity" not in visible(open_page())


def test_simulated_activity_is_labelled_once_there_is_any(desk: World, open_page: Open) -> None:
    desk.service.take(1, person(OLA, via="demo"))
    assert "Simulated desk activity (demo)" in visible(open_page())


def test_news_are_told_and_shown_on_request(desk: World, open_page: Open) -> None:
    store = desk.store
    seen = store.last_seq()
    world.open_incident(store, "A new one", entities=["order 20"])
    desk.service.comment(1, person(OLA), "And this changed.")
    desk.service.comment(1, person(OLA), "Twice.")
    news = store.news_since(seen)
    assert (news.new, news.changed) == (1, 1)
    assert not store.news_since(store.last_seq())
    assert bool(store.news_since(seen, 1))
    assert not store.news_since(seen, 2)
