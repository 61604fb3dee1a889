"""Who may open the app."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import access
from app.access import Visit, refusal
from tests.app import world
from tests.app.conftest import Open, rows, visible
from tests.app.world import World

LOCALHOST = {"host": "localhost:8501"}


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "127.0.0.1:80", "[::1]:8501"])
@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_is_welcome(host: str, address: str) -> None:
    assert refusal(Visit(address, None, {"host": host})) is None


@pytest.mark.parametrize(
    ("visit", "reason"),
    [
        (Visit(None, None, LOCALHOST), "every address"),
        (Visit("0.0.0.0", None, LOCALHOST), "listens on 0.0.0.0"),
        (Visit("127.0.0.1", "10.0.0.7", LOCALHOST), "10.0.0.7, another machine"),
        (Visit("127.0.0.1", None, {"host": "evil.example:8501"}), "evil.example"),
        (Visit("127.0.0.1", None, {"host": "localhost.evil.example"}), "localhost.evil.example"),
        (Visit("127.0.0.1", None, {"host": "[::1"}), "names the host"),
        (Visit("127.0.0.1", None, {}), "names the host ''"),
        (Visit("127.0.0.1", None, {**LOCALHOST, "x-forwarded-for": "1.2.3.4"}), "x-forwarded-for"),
        (Visit("127.0.0.1", None, {**LOCALHOST, "forwarded": "for=1.2.3.4"}), "forwarded"),
        (Visit("127.0.0.1", None, {**LOCALHOST, "via": "1.1 proxy"}), "via"),
    ],
)
def test_anything_else_is_refused(visit: Visit, reason: str) -> None:
    said = refusal(visit)
    assert said is not None
    assert reason in said


def test_a_refused_visit_sees_the_reason_and_nothing_else(
    desk: World, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = Visit("127.0.0.1", None, {"host": "evil.example"})
    monkeypatch.setattr(access, "current_visit", lambda: foreign)
    browser = open_page()
    assert "opsloop does not answer here" in visible(browser)
    assert "evil.example" in visible(browser)
    assert not browser.get("bidi_component")
    assert not browser.selectbox


def test_signing_in_by_name_leads_to_the_queue(desk: World, open_page: Open) -> None:
    browser = open_page(person=None)
    assert "Who is working?" in visible(browser)
    assert not rows(browser)
    assert browser.selectbox(key="sign_in_person").options == [
        "kim.larsen  ·  Shipping",
        "mo.bauer  ·  Shipping",
        "ola.ruiz  ·  Customer care",
    ]
    browser.selectbox(key="sign_in_person").select(world.OLA)
    browser.button(key="sign_in_start").click().run()
    assert browser.session_state["signed_in_person"] == world.OLA
    assert {row["team"] for row in rows(browser)} == {"Shipping", "Customer care"}
    assert "ola.ruiz Customer care" in visible(browser)


def test_the_url_signs_nobody_in(desk: World, open_page: Open) -> None:
    browser = open_page(person=None, signed_in_person=world.OLA, person_=world.OLA)
    assert "Who is working?" in visible(browser)


def test_who_left_the_teams_has_to_sign_in_again(desk: World, open_page: Open) -> None:
    assert "Who is working?" in visible(open_page(person="who.left"))


def test_without_a_store_the_page_says_what_to_do(project: Path, open_page: Open) -> None:
    (project / "dbt_project.yml").write_text("name: shop\n")
    (project / "opsloop.yml").write_text(world.SETTINGS)
    assert "opsloop cannot open this project" in visible(open_page())


def test_wrong_settings_are_named_with_their_line(project: Path, open_page: Open) -> None:
    (project / "dbt_project.yml").write_text("name: shop\n")
    (project / "opsloop.yml").write_text("teams:\n  Ground Crew: {}\n")
    text = visible(open_page())
    assert "opsloop.yml" in text
    assert "Ground Crew" in text
