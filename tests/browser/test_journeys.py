"""What people do with the app, in a real browser."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from opsloop.reporting import rendering
from opsloop.reporting.figure import looking_at
from opsloop.reporting.report import report
from opsloop.service.drafting import drafts_of
from opsloop.service.figures.parts import EVERYTHING
from opsloop.service.figures.periods import Period
from opsloop.warehouse.serving import open_serving
from tests.app.world import KIM, OLA, World, open_incident, person
from tests.browser.conftest import FOREIGN, SignIn

PATIENCE_S = 20


def open_row(page: Page, title: str) -> None:
    """Open an incident by a click on its line."""
    page.get_by_role("row").filter(has_text=title).click()


def tab(page: Page, name: str) -> None:
    """Turn to one of the actions."""
    page.get_by_role("tab", name=name).click()


def test_from_the_queue_to_a_resolved_incident(desk: World, sign_in: SignIn) -> None:
    page = sign_in(KIM)
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(4)

    page.get_by_role("radio", name="Shipping").click()
    expect(rows).to_have_count(3)
    expect(page).to_have_url(re.compile(r"team=shipping"))

    open_row(page, "Order 7 is 3 days late")
    expect(page).to_have_url(re.compile(r"/incident\?incident=1$"))
    expect(page.get_by_role("heading", name="Order 7 is 3 days late")).to_be_visible()

    page.get_by_role("button", name="Take", exact=True).click()
    expect(page.get_by_text(f"{KIM} took it")).to_be_visible()

    page.get_by_role("textbox", name="Comment").fill("Asked the carrier.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".ol-timeline").get_by_text("Asked the carrier.")).to_be_visible()

    tab(page, "Resolve")
    page.get_by_label("Root cause").fill("carrier")
    page.get_by_label("Note").fill("It arrived.")
    page.get_by_role("button", name="Resolve", exact=True).click()
    resolved = page.locator(".ol-timeline").get_by_text("resolved it: fixed; root cause: carrier")
    expect(resolved).to_be_visible()

    page.get_by_role("link", name="Back to the queue").click()
    expect(page).to_have_url(re.compile(r"/\?team=shipping$"))
    expect(rows).to_have_count(2)
    assert desk.store.detail(1).incident.state == "resolved"


def test_the_second_of_two_hears_who_was_first(desk: World, sign_in: SignIn) -> None:
    kim, ola = (sign_in(name, "/incident?incident=3") for name in (KIM, OLA))
    for page in (kim, ola):
        expect(page.get_by_role("heading", name="One star: never again")).to_be_visible()
    tab(kim, "Resolve")
    kim.get_by_label("Note").fill("Wrote to the customer.")

    ola.get_by_role("button", name="Take", exact=True).click()
    expect(ola.get_by_text(f"{OLA} took it")).to_be_visible()
    kim.get_by_role("button", name="Resolve", exact=True).click()

    expect(kim.get_by_role("alert")).to_contain_text(f"taken by {OLA}")
    expect(kim.get_by_label("Note")).to_have_value("Wrote to the customer.")
    assert desk.store.detail(3).incident.state == "active"


def test_what_others_do_is_announced_and_shown_on_request(desk: World, sign_in: SignIn) -> None:
    page = sign_in(KIM)
    expect(page.locator("tbody tr").first).to_be_visible()
    desk.service.comment(2, person(OLA), "Did you see this?")
    page.get_by_role("button", name="1 changed: show").click()
    expect(page.get_by_role("button", name="1 changed: show")).to_have_count(0)


def test_hostile_text_runs_nothing_and_breaks_nothing(desk: World, sign_in: SignIn) -> None:
    page = sign_in(KIM)
    row = page.get_by_role("row").filter(has_text="<script>window.hacked=1</script>")
    expect(row).to_be_visible()
    row.click()
    expect(page.locator("h1.ol-title")).to_contain_text("<img src=x onerror='window.hacked=1'>")
    expect(page.locator(".ol-timeline .ol-text")).to_contain_text("**bold** [link](javascript:")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    assert page.evaluate("window.hacked") == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("img[src='x']").count() == 0


def test_a_runbook_is_read_without_its_html(desk: World, sign_in: SignIn) -> None:
    page = sign_in(KIM, "/incident?incident=2")
    page.get_by_text("Runbook").click()
    expect(page.get_by_role("heading", name="Late orders")).to_be_visible()
    assert page.evaluate("window.hacked") == 0


def test_a_shared_address_shows_what_was_shared(desk: World, sign_in: SignIn) -> None:
    page = sign_in(OLA, "/?status=resolved&team=shipping&color=red")
    expect(page.get_by_text("'color' is no filter")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Order 11 was late")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?status=resolved&team=shipping$"))


def test_the_retro_is_drawn(desk: World, sign_in: SignIn) -> None:
    page = sign_in(KIM)
    page.get_by_role("link", name="Retro").click()
    expect(page.get_by_text("figures through 2026-03-05 12:30 UTC")).to_be_visible()
    charts = page.get_by_test_id("stVegaLiteChart").locator("canvas, svg")
    expect(charts.first).to_be_visible()
    expect(page.get_by_role("heading", name="Monitor precision")).to_be_visible()
    page.get_by_role("combobox", name="Show").click()
    page.get_by_role("option", name="By team").click()
    expect(page).to_have_url(re.compile(r"team=shipping"))


def test_from_a_figure_to_its_incidents_and_back(desk: World, sign_in: SignIn) -> None:
    page = sign_in(KIM, "/retro?team=shipping&from=2026-02-16&to=2026-03-02")
    expect(page.get_by_text("16 Feb to 1 Mar 2026")).to_be_visible()
    page.wait_for_load_state("networkidle")  # who is faster than the page's script signs in again
    page.get_by_role("link", name="3 of 5").click()
    expect(page.get_by_text("opened in the period that met the target")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/incidents\?figure=met&target=resolve&team=shipping"))
    expect(page.locator(".ol-table tbody tr")).to_have_count(3)
    page.get_by_role("link", name="back to the retro").click()
    expect(page.get_by_text("16 Feb to 1 Mar 2026")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/retro\?team=shipping&from=2026-02-16"))
    expect(page.get_by_role("button", name=KIM)).to_be_visible()  # nobody has to sign in again


def test_a_row_of_a_table_leads_to_its_incidents_within_the_session(
    desk: World, sign_in: SignIn
) -> None:
    page = sign_in(KIM, "/retro?team=shipping&from=2026-02-16&to=2026-03-02")
    expect(page.get_by_text("16 Feb to 1 Mar 2026")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.evaluate("open('incidents?figure=open', '_blank')")  # as a table opens a cell's link
    expect(page).to_have_url(re.compile(r"/incidents\?figure=open$"))
    expect(page.get_by_text("back to the retro")).to_be_visible()
    expect(page.get_by_role("button", name=KIM)).to_be_visible()
    assert len(page.context.pages) == 1
    page.go_back()
    expect(page.get_by_text("16 Feb to 1 Mar 2026")).to_be_visible()


def test_back_leads_from_an_incident_to_the_list_and_from_there_to_the_retro(
    desk: World, sign_in: SignIn
) -> None:
    page = sign_in(KIM, "/retro?team=shipping&from=2026-02-16&to=2026-03-02")
    expect(page.get_by_text("16 Feb to 1 Mar 2026")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="3 of 5").click()
    lines = page.locator(".ol-table tbody tr")
    expect(lines).to_have_count(3)
    page.wait_for_load_state("networkidle")
    lines.first.get_by_role("link").click()
    expect(page.get_by_text("Timeline")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/incident\?incident=\d+$"))
    page.go_back()
    expect(lines).to_have_count(3)
    expect(page).to_have_url(re.compile(r"/incidents\?figure=met&target=resolve&team=shipping"))
    page.go_back()
    expect(page.get_by_text("16 Feb to 1 Mar 2026")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/retro\?team=shipping&from=2026-02-16"))


def test_back_leads_from_an_incident_to_the_queue_as_it_was(desk: World, sign_in: SignIn) -> None:
    page = sign_in(OLA, "/?status=resolved&team=shipping")
    open_row(page, "Order 11 was late")
    expect(page.get_by_text("Timeline")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("row").filter(has_text="Order 11 was late")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?status=resolved&team=shipping$"))


def test_back_leads_from_the_queue_to_the_incident_that_led_there(
    desk: World, sign_in: SignIn
) -> None:
    page = sign_in(OLA, "/?status=resolved&team=shipping")
    row = page.get_by_role("row").filter(has_text="Order 11 was late")
    row.click()
    expect(page.get_by_text("Timeline")).to_be_visible()
    page.get_by_role("link", name="Back to the queue").click()
    expect(page).to_have_url(re.compile(r"/\?status=resolved&team=shipping$"))
    expect(row).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/incident\?incident=\d+$"))
    expect(page.get_by_text("Timeline")).to_be_visible()


def test_the_queue_is_led_back_to_from_an_address_that_leads_nowhere(
    desk: World, sign_in: SignIn
) -> None:
    page = sign_in(OLA, "/incident?incident=999")
    expect(page.get_by_text("No such incident")).to_be_visible()
    page.get_by_role("link", name="Back to the queue").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.get_by_role("button", name=OLA)).to_be_visible()  # nobody has to sign in again


def test_back_leads_from_what_was_reported_to_an_empty_form(desk: World, sign_in: SignIn) -> None:
    page = sign_in(OLA, "/report")
    title = page.get_by_label("What is wrong")
    title.fill("A parcel that nobody sent")
    page.get_by_role("button", name="Report", exact=True).click()
    expect(page.get_by_role("heading", name="A parcel that nobody sent")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/incident\?incident=\d+$"))
    page.go_back()
    expect(title).to_have_value("")
    expect(page).to_have_url(re.compile(r"/report$"))
    page.go_forward()
    expect(page.get_by_role("heading", name="A parcel that nobody sent")).to_be_visible()


def test_the_report_opens_without_a_network(desk: World, browser: Browser, tmp_path: Path) -> None:
    copy = open_serving(desk.serving)
    assert copy is not None
    view = looking_at(EVERYTHING, Period(date(2026, 2, 16), date(2026, 3, 2)), None)
    now = datetime(2026, 3, 5, 13, tzinfo=UTC)
    made = report(copy, view, in_words=("a period", ""), actions=[], proposals=[], now=now)
    file = tmp_path / "retro.html"
    rendering.write(file, rendering.html(made))
    page = browser.new_page(viewport={"width": 420, "height": 900})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", name="Retro, a period")).to_be_visible()
    charts = page.get_by_role("img")
    assert charts.count() >= 8
    for chart in charts.all():
        box = chart.bounding_box()
        assert box is not None
        assert 0 < box["x"] + box["width"] <= 420
    page.get_by_text("The numbers").first.click()
    expect(page.get_by_role("columnheader", name="After", exact=True)).to_be_visible()
    assert asked == [file.as_uri()]
    assert said == []
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    page.close()


def test_a_foreign_host_name_is_refused(desk: World, sign_in: SignIn) -> None:
    page = sign_in(None, host=FOREIGN)
    expect(page.get_by_role("heading", name="opsloop does not answer here")).to_be_visible()
    expect(page.get_by_text(FOREIGN)).to_be_visible()
    expect(page.get_by_role("button", name="Start work")).to_have_count(0)


def until_kept(page: Page, desk: World, number: int, wanted: dict[str, str]) -> None:
    """Wait until the store has what somebody types."""
    deadline = time.monotonic() + PATIENCE_S
    while (kept := drafts_of(desk.store, KIM, number)) != wanted:
        assert time.monotonic() < deadline, kept
        page.wait_for_timeout(50)


def test_what_is_typed_survives_a_closed_browser(desk: World, sign_in: SignIn) -> None:
    page = sign_in(KIM, "/incident?incident=4")
    field = page.get_by_role("textbox", name="Comment")
    field.press_sequentially("Half a tho")
    until_kept(page, desk, 4, {"comment": "Half a tho"})
    field.press_sequentially("ught")  # keeping it takes nothing from who types on
    expect(field).to_have_value("Half a thought")
    until_kept(page, desk, 4, {"comment": "Half a thought"})
    page.context.close()

    page = sign_in(KIM, "/incident?incident=4")
    field = page.get_by_role("textbox", name="Comment")
    expect(field).to_have_value("Half a thought")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".ol-timeline").get_by_text("Half a thought")).to_be_visible()
    expect(field).to_have_value("")
    until_kept(page, desk, 4, {})


def test_a_flood_is_opened_up_by_marking_what_leaves(desk: World, sign_in: SignIn) -> None:
    orders = [f"order {number}" for number in range(30, 34)]
    flood = open_incident(desk.store, "Flood of late orders", entities=orders, is_flood=True)
    page = sign_in(KIM, f"/incident?incident={flood}")
    page.get_by_text("More: update").click()
    page.get_by_role("radio", name="Split").click()
    page.get_by_role("radio", name="What is marked").click()
    expect(page.get_by_text("Mark events in the evidence first")).to_be_visible()

    grid = page.get_by_test_id("stDataFrame")
    grid.click(position={"x": 17, "y": 45})  # the box of the first line; a canvas has no elements
    expect(page.get_by_text("1 key (order 30)")).to_be_visible()
    expect(page.locator(".ol-histories a")).to_have_count(1)
    page.get_by_role("button", name="Take them out").click()
    expect(page.get_by_role("status")).to_contain_text(f"1 incident opened, #{flood + 1}; 3 events")
    expect(page.get_by_text("Mark events in the evidence first")).to_be_visible()

    page.get_by_role("status").get_by_role("link", name=f"#{flood + 1}").click()
    expect(page.get_by_role("heading", name="Order order 30 is late")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"incident={flood + 1}$"))
    assert desk.store.detail(flood).incident.events_firing == 3


def test_from_the_queue_to_an_entitys_story_and_on(desk: World, sign_in: SignIn) -> None:
    page = sign_in(OLA, "/?status=all")
    row = page.get_by_role("row").filter(has_text="One star: never again")
    row.get_by_role("link", name="History of order 7").click()
    expect(page).to_have_url(re.compile(r"/entity\?entity=order(%20|\+)7$"))
    expect(page.locator(".ol-headline")).to_contain_text("2 times")

    page.get_by_role("radio", name="Bad reviews").click()
    expect(page.locator(".ol-headline")).to_contain_text("1 time")
    expect(page).to_have_url(re.compile(r"monitor=mon_bad_reviews"))
    page.locator(".ol-timeline").get_by_role("link", name="#3").first.click()
    expect(page.get_by_role("heading", name="One star: never again")).to_be_visible()
    # within the session: nobody has to sign in again
    expect(page.get_by_role("button", name=OLA)).to_be_visible()


def test_a_hostile_entity_runs_nothing(desk: World, sign_in: SignIn) -> None:
    page = sign_in(KIM, "/incident?incident=4")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.wait_for_load_state("networkidle")  # who is faster than the page's script signs in again
    page.locator(".ol-histories a").click()
    expect(page.locator(".ol-page-head h1")).to_contain_text("<script>window.hacked=1</script>")
    expect(page.locator(".ol-timeline")).to_contain_text("found it")
    assert page.evaluate("window.hacked") == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_reported_by_hand_muted_and_away(desk: World, sign_in: SignIn) -> None:
    page = sign_in(KIM)
    page.get_by_role("link", name="Report").click()
    page.get_by_label("What is wrong").fill("The sorter stands still")
    page.get_by_role("button", name="Report", exact=True).click()
    expect(page.get_by_role("heading", name="The sorter stands still")).to_be_visible()

    page.get_by_role("link", name="Held back").click()
    page.get_by_label("Entity").fill("order 9*")
    page.get_by_label("Why").fill("Counted twice")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.locator(".ol-mute")).to_contain_text("Counted twice")
    page.get_by_role("button", name="Lift").click()
    expect(page.get_by_text("Nothing is muted.")).to_be_visible()

    page.get_by_role("link", name="People").click()
    page.get_by_role("button", name="Mark as away").click()
    page.get_by_role("button", name="I am back").click()
    expect(page.get_by_role("status")).to_contain_text("kim.larsen is back")
