"""The retro's page."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.components.figures import WAY_COLUMN
from opsloop.improvements import Part
from tests.app import quality_copy, retro_copy, world
from tests.app.conftest import Open, url, visible
from tests.app.world import KIM, OLA, World, person

NOW = datetime.now(UTC)


@pytest.fixture
def published(desk: World) -> World:
    """Return a project whose retro is published."""
    retro_copy.publish(desk.serving, desk.store, published_at=NOW)
    return desk


def test_the_figures_of_the_last_two_weeks_come_with_how_fresh_they_are(
    published: World, open_page: Open
) -> None:
    text = visible(open_page("retro"))
    assert "figures through 2026-03-05 12:30 UTC" in text
    assert "nothing changed since" in text
    assert "16 Feb to 1 Mar 2026" in text
    assert "Incidents opened 5" in text
    assert "Met 3 of 5 23 to 88 %" in text
    assert "Asked 2" in text
    assert "After a nudge, median 30 min of 1 question" in text
    assert "Recorded minutes 60" in text
    assert "Ended incidents with minutes 3 of 4 Ended without minutes 1" in text


def test_all_time_is_a_period_too(published: World, open_page: Open) -> None:
    text = visible(open_page("retro", weeks="all"))
    assert "All time" in text
    assert "Incidents opened 7" in text
    assert "Median in open hours 2 h" in text


def test_two_periods_are_compared_by_counts(published: World, open_page: Open) -> None:
    ends = {"from": "2026-02-24", "to": "2026-03-03"}
    text = visible(open_page("retro", **ends))
    assert "24 Feb to 2 Mar 2026 beside 17 to 23 Feb 2026" in text
    assert "Incidents opened 3 before: 2 (+1)" in text
    assert "Of these reopened 0 before: 1 (−1)" in text
    assert "Asked 2 before: 0 (+2)" in text
    assert "Median 1 d 6 h before: 2 h" in text


def test_a_period_is_compared_with_the_days_that_were_chosen(
    published: World, open_page: Open
) -> None:
    browser = open_page("retro", **{"from": "2026-02-24", "to": "2026-02-27"})
    assert "24 to 26 Feb 2026 beside 21 to 23 Feb 2026" in visible(browser)
    browser.selectbox(key="slice_beside").select(True).run()
    browser.date_input(key="slice_beside_from").set_value(date(2026, 2, 17)).run()
    assert url(browser)["beside"] == "2026-02-17"
    text = visible(browser)
    assert "24 to 26 Feb 2026 beside 17 to 19 Feb 2026" in text
    assert "Incidents opened 3 before: 2 (+1)" in text
    browser.selectbox(key="slice_beside").select(False).run()
    assert "beside 21 to 23 Feb 2026" in visible(browser)


def test_a_period_without_incidents_divides_nothing(published: World, open_page: Open) -> None:
    browser = open_page("retro", **{"from": "2020-01-01", "to": "2020-01-08"})
    text = visible(browser).split("1 to 7 Jan 2020")[1].split("What is coming")[0]
    assert "%" not in text
    assert "Median" not in text
    assert "Nothing ended in this period, and no minutes were recorded." in text
    assert "0 of 0" not in visible(browser)


def test_every_number_leads_to_the_incidents_behind_it(published: World, open_page: Open) -> None:
    links = [
        urlsplit(link)
        for element in open_page("retro").get("html")
        for link in re.findall(r'href="(incidents[^"]+)"', unescape(element.proto.body))
    ]
    assert len(links) > 8
    for link in links:
        browser = open_page("incidents", **dict(parse_qsl(link.query)))
        text = visible(browser)
        assert "Left out" not in text
        assert re.search(r"\b[1-7] incidents? ", text), link.query


def test_every_row_leads_to_what_it_counts(published: World, open_page: Open) -> None:
    ways = {
        urlsplit(way)
        for table in open_page("retro").dataframe
        if "See" in table.value.columns
        for way in table.value["See"].dropna()
    }
    figures = {dict(parse_qsl(way.query)).get("figure", way.path) for way in ways}
    assert figures >= {"about", "asked_of", "found_by", "reviewed", "step", "way", "done_again"}
    assert figures >= {"retro", "incident", "worked_of_type"}
    for way in ways:
        text = visible(open_page(way.path, **dict(parse_qsl(way.query))))
        assert "Left out" not in text, way.query
        if way.path == "incidents":
            assert re.search(r"\b[1-7] incidents? ", text), way.query
        elif way.path == "retro":
            assert "Arrivals" in text


def test_missed_incidents_are_listed_with_their_way_back(published: World, open_page: Open) -> None:
    ends = {"from": "2026-02-16", "to": "2026-03-02"}
    browser = open_page(
        "incidents", figure="missed_by", target="resolve", cause="queue", team="shipping", **ends
    )
    text = visible(browser)
    assert "2 incidents opened in the period that missed the target" in text
    assert "Resolve, Nobody had taken it, Shipping" in text
    assert [number for number in range(1, 8) if f"#{number} " in text] == [5, 6]
    assert "back to the retro" in text


def test_what_is_open_now_is_told_of_no_period(published: World, open_page: Open) -> None:
    ends = {"from": "2026-02-16", "to": "2026-03-02"}
    text = visible(open_page("incidents", figure="open", **ends))
    assert "2 incidents open · now" in text
    assert "Feb" not in text.split("back to the retro")[0].split("incidents open")[1]


def test_an_address_without_a_figure_leads_back(published: World, open_page: Open) -> None:
    assert "names no figure" in visible(open_page("incidents", figure="<b>"))


def test_what_is_not_known_yet_is_said_once(published: World, open_page: Open) -> None:
    outlook = visible(open_page("retro")).split("What is coming")[1].split("How the work goes")[0]
    assert outlook.count("Not yet known: too few known weeks to take a mean of.") == 2
    assert outlook.count("Not yet known: limits need 20 points, not ") == 2
    assert outlook.lower().count("not yet known") == 4


def test_changes_since_are_counted_live(published: World, open_page: Open) -> None:
    published.service.comment(1, person(KIM), "One.")
    published.service.comment(1, person(KIM), "Two.")
    assert "2 changes since" in visible(open_page("retro"))


def test_each_chart_has_its_table(published: World, open_page: Open) -> None:
    browser = open_page("retro")
    charts = browser.get("vega_lite_chart")
    assert len(charts) == 14
    tables = [{*table.value.columns} for table in browser.dataframe]
    for column in ("After", "Age", "Median", "Met", "Minutes", "Answered", "Real"):
        assert any(column in columns for columns in tables), column
    # those without a chart: the process in three, two parts of the work, what is listed
    listed = ("To detect, median", "Again in 14 days", "Nudges", "Acts outside hours")
    for column in listed:
        assert any(column in columns for columns in tables), column
    assert len(tables) == len(charts) + 3 + 2 + len(listed)


def test_impact_is_told_unit_by_unit_with_what_is_known(published: World, open_page: Open) -> None:
    text = visible(open_page("retro"))
    assert "At stake, euro 3,000 3 incidents" in text
    assert "Recovered, euro 1,600 of 2 incidents; net about 560 of 800 euro, known of 1" in text


def test_the_best_proposal_becomes_an_improvement_with_a_click(
    published: World, open_page: Open
) -> None:
    browser = open_page("retro", person=KIM)
    assert "No retrospective is over yet, and no improvement goes on." in visible(browser)
    assert "Tune Late orders 1 Of 20 reviewed, 3 were real." in visible(browser)
    [first, second] = [one for one in browser.button if one.label == "Open an improvement"]
    first.click().run()
    text = visible(browser)
    assert "Tune Late orders 1 Of 20 reviewed, 3 were real." in text
    assert "Improvement 1 is open. It is measured from the day" in text.split("Most worth doing")[1]
    assert "start 1`" not in text
    actions, figures = text.split("Arrivals, completions, backlog")
    metric = "arrivals of Late orders"
    assert f"Tune Late orders 1 ({metric}) {KIM} · Shipping proposed" in actions
    assert "Tune Late orders 2" in figures
    [left] = [one for one in browser.button if one.label == "Open an improvement"]
    assert left.key == second.key
    [opened] = published.service.improvements()
    assert (opened.improvement.target, opened.improvement.stage) == (-0.5, "proposed")


def test_last_times_actions_come_first_with_what_became_of_them(
    published: World, open_page: Open
) -> None:
    service = published.service
    kim = person(KIM)
    held = service.open_retrospective(kim, team="shipping").retrospective_id
    service.give_action(held, kim, text="Tell the carrier", owner=KIM)
    service.close_retrospective(held, kim)
    text = visible(open_page("retro"))
    assert text.index("Tell the carrier") < text.index("Arrivals, completions, backlog")
    assert f"Tell the carrier {KIM} · Shipping open" in text


def test_what_is_open_comes_first_and_what_is_settled_is_folded(
    published: World, open_page: Open
) -> None:
    service, kim = published.service, person(KIM)
    held = service.open_retrospective(kim, team="shipping").retrospective_id
    days = {6: date(2026, 1, 5), 7: date(2999, 12, 4)}
    for number in range(1, 8):
        made = service.give_action(
            held, kim, text=f"Action {number}", owner=KIM, due_day=days.get(number)
        )
        if number < 5:
            service.settle_action(made.item_id, kim, is_done=True)
    service.close_retrospective(held, kim)
    browser = open_page("retro")
    told = re.findall(r"Action (\d)", visible(browser))
    assert told == ["5", "6", "7", "1", "2", "3", "4"]
    assert f"Action 6 {KIM} · Shipping open, due since 5 Jan 2026" in visible(browser)
    assert f"Action 7 {KIM} · Shipping open, due 4 Dec 2999" in visible(browser)
    [folded] = [one for one in browser.expander if one.label == "2 more, settled"]
    inside = " ".join(element.proto.body for element in folded.get("html"))
    assert re.findall(r"Action (\d)", inside) == ["3", "4"]


def test_a_team_sees_its_own_actions_and_proposals(desk: World, open_page: Open) -> None:
    service, kim, mo = desk.service, person(KIM), person("mo.bauer")
    for team, actor, text in (
        ("shipping", kim, "Tell the carrier"),
        (None, mo, "Buy tea"),
        ("customer_care", person(OLA), "Write back"),
    ):
        held = service.open_retrospective(actor, team=team).retrospective_id
        service.give_action(held, actor, text=text, owner=actor.id)
        service.close_retrospective(held, actor)
    service.open_improvement(
        person(OLA), title="Ask less", part=Part("total", "all"), metric="arrivals"
    )
    found = [quality_copy.proposal(1, "mon_bad_reviews"), quality_copy.proposal(2)]
    retro_copy.publish(desk.serving, desk.store, published_at=NOW, proposals=found)
    actions = visible(open_page("retro")).split("Arrivals, completions, backlog")[0]
    places = [
        actions.index(line)
        for line in (
            f"Write back {OLA} · Customer care open",
            "Buy tea mo.bauer open",
            f"Tell the carrier {KIM} · Shipping open",
            "Ask less",
        )
    ]
    assert places == sorted(places)
    assert "Tune Bad reviews 1" in visible(open_page("retro"))
    text = visible(open_page("retro", team="shipping"))
    assert f"Tell the carrier {KIM} open" in text
    for other in ("Write back", "Buy tea", "Ask less", "Tune Bad reviews"):
        assert other not in text
    assert "Tune Late orders 2" in text


def test_a_team_without_a_retrospective_is_told_so(published: World, open_page: Open) -> None:
    text = visible(open_page("retro", team="shipping"))
    assert "No retrospective of Shipping is over yet" in text


def test_a_quantile_that_is_not_reached_is_never_zero(published: World, open_page: Open) -> None:
    browser = open_page("retro")
    turnaround = next(
        table.value for table in browser.dataframe if "Still running" in table.value.columns
    )
    assert turnaround["85th percentile"].tolist() == ["9 h", "9 h", "> 2 d 4 h"]
    assert turnaround["Week opened"].tolist() == ["2026 W08", "2026 W09", "2026 W10 so far"]


@pytest.mark.parametrize(
    ("period", "reviewed", "said"),
    [
        ({}, "3 of 3", "44 to 100 %"),
        ({"from": "2026-03-02", "to": "2026-03-06"}, "–", "–"),
    ],
    ids=["known", "unknown"],
)
def test_precision_is_of_what_was_reviewed_in_the_period(
    published: World,
    open_page: Open,
    period: dict[str, str],
    reviewed: str,
    said: str,
) -> None:
    browser = open_page("retro", **period)
    table = next(t.value for t in browser.dataframe if "Real of reviewed" in t.value.columns)
    [row] = table.to_dict("records")
    assert (row["Real of reviewed"], row["95 % interval"]) == (reviewed, said)


def test_a_team_can_be_chosen_and_shared(published: World, open_page: Open) -> None:
    browser = open_page("retro")
    browser.selectbox(key="slice_dimension").select("team").run()
    assert url(browser)["team"] == "shipping"
    assert not open_page("retro", team="shipping").exception


@pytest.mark.parametrize(
    "params", [{"team": "<b>x</b>"}, {"monitor": "gone"}, {"week": "1"}, {"weeks": "x"}]
)
def test_an_unknown_part_is_dropped_with_a_note(
    published: World, open_page: Open, params: dict[str, str]
) -> None:
    browser = open_page("retro", **params)
    assert "Left out of the address" in visible(browser)
    assert not {*params} & {*url(browser)}


def test_before_the_first_publish_the_page_says_what_to_do(desk: World, open_page: Open) -> None:
    text = visible(open_page("retro"))
    assert "Nothing is published yet" in text
    assert "opsloop run" in text


def test_figures_of_another_store_are_called_so(desk: World, open_page: Open) -> None:
    retro_copy.publish(desk.serving, desk.store, published_at=NOW, store_id="another")
    assert "of another incident store" in visible(open_page("retro"))


def test_old_figures_are_called_old(desk: World, open_page: Open) -> None:
    retro_copy.publish(desk.serving, desk.store, published_at=NOW - timedelta(days=3))
    assert "published 3 d ago. Run" not in visible(open_page("retro"))
    desk.service.take(1, person(world.KIM))
    assert "published 3 d ago. Run" in visible(open_page("retro"))


def test_a_damaged_copy_is_named_with_the_remedy(published: World, open_page: Open) -> None:
    (published.serving / "current").write_text("gone.duckdb")
    text = visible(open_page("retro"))
    assert "gone.duckdb cannot be read" in text
    assert "opsloop publish" in text


def test_a_new_publish_is_seen_at_the_next_look(published: World, open_page: Open) -> None:
    browser = open_page("retro")
    published.service.take(1, person(KIM))
    browser.run()
    assert "1 change since" in visible(browser)
    retro_copy.publish(published.serving, published.store, published_at=NOW + timedelta(seconds=1))
    browser.run()
    assert "nothing changed since" in visible(browser)


def test_service_levels_say_what_was_kept_of_what_is_decided(
    published: World, open_page: Open
) -> None:
    browser = open_page("retro")
    kept = next(table.value for table in browser.dataframe if "Met" in table.value.columns)
    assert kept["Met"].tolist() == ["7 of 9", "7 of 9", "–"]
    assert kept["Missed: nobody had taken it"].tolist() == [2, 2, 0]
    assert kept["Late by, median"].tolist() == ["30 min", "30 min", "–"]


def test_open_work_is_old_beside_what_was_finished(published: World, open_page: Open) -> None:
    browser = open_page("retro")
    ages = next(table.value for table in browser.dataframe if "Age" in table.value.columns)
    assert ages["Incident"].tolist() == [5, 3, 7]
    assert ages["Compared"].tolist() == [
        "longer than 85 of 100",
        "longer than half",
        "within the median",
    ]


def test_the_icon_of_a_way_fits_its_cell() -> None:
    """A cell is drawn of a quarter of its width in letters; a name cut off is drawn as letters."""
    width, kind = WAY_COLUMN["width"], WAY_COLUMN["type_config"]
    assert isinstance(width, int)
    assert kind is not None
    icon = str(kind.get("display_text")).removeprefix(":material/").removesuffix(":")
    assert len(icon) <= width / 4
