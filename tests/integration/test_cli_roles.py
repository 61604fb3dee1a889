"""Roles, refusals, follow-ups and acceptances from the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.cli_project import SETTINGS, Run

LEVELS = """\
service_levels:
  standard:
    targets: {resolve: {P1: {hours: 4}}}
    follow_up: {every: {hours: 4}, times: 2, then: lead}
default_service_level: standard
"""


@pytest.fixture
def governed(project: Path) -> Path:
    """Let roles be in force."""
    (project / "opsloop.yml").write_text(SETTINGS + "roles:\n")
    return project


def test_a_name_that_nobody_has_is_refused_with_the_near_one(run: Run) -> None:
    ran = run("incidents", "take", "1", "--as", "kim.larson")
    assert ran.code == 1
    assert ran.err == (
        "opsloop: There is no person 'kim.larson' in opsloop.yml. Did you mean 'kim.larsen'? "
        "Act as somebody whom a team names, or add them to a team or to `people`.\n"
    )
    [kept] = run("incidents", "refusals", "--json").json
    assert (kept["person"], kept["reason"], kept["deed"]) == (
        "kim.larson",
        "unknown_person",
        "take",
    )


def test_who_lacks_the_role_is_refused_and_it_is_listed(governed: Path, run: Run) -> None:
    ran = run("incidents", "accept", "1", "known", "--until", "+2d", "--as", "kim.larsen")
    assert (ran.code, ran.err) == (
        1,
        "opsloop: kim.larsen may not do this with incident 1: 'accept' needs a lead of shipping. "
        "Ask mo.bauer.\n",
    )
    assert run("incidents", "take", "77", "--as", "kim.larsen").code == 1
    assert run("incidents", "take", "1", "--expect", "9", "--as", "kim.larsen").code == 1
    assert run("incidents", "reopen", "1", "no", "--as", "kim.larsen").code == 1
    kept = run("incidents", "refusals", "--json").json
    assert [(one["incident"], one["reason"]) for one in kept] == [
        (1, "not_allowed"),
        (1, "outdated"),
        (77, "not_found"),
        (1, "role"),
    ]
    assert kept[-1]["needs"] == "lead"
    assert "kim.larsen  accept" in run("incidents", "refusals", "--person", "kim.larsen").out
    [one] = run("incidents", "refusals", "--incident", "77", "--json").json
    assert one["via"] == "cli"
    assert run("incidents", "refusals", "--person", "mo.bauer").out == "Nothing was refused.\n"
    assert run("incidents", "show", "1", "--json").json["version"] == 1


def test_what_roles_may_do(governed: Path, run: Run) -> None:
    out = run("people", "roles").out
    assert "accept           lead" in out
    assert "comment          anybody" in out
    assert "Admins: nobody." in out
    found = run("people", "roles", "--json").json
    assert (found["are_in_force"], found["needs"]["mute"]) == (True, "lead")


def test_without_roles_there_are_none(run: Run) -> None:
    assert "whoever is known may do everything" in run("people", "roles").out
    assert run("people", "roles", "--json").json == {
        "are_in_force": False,
        "needs": {},
        "admins": [],
    }


def test_an_acceptance_has_an_end_and_a_reason(run: Run) -> None:
    assert "The text is missing" in run("incidents", "accept", "1", "--until", "+2d").err
    assert "Missing option '--until'" in run("incidents", "accept", "1", "known").err
    found = run("incidents", "accept", "1", "known", "--until", "2099-01-02", "--json").json
    assert (found["status"], found["resolution_code"]) == ("resolved", "accepted")
    assert found["accepted_until"] == "2099-01-02T00:00:00Z"
    shown = run("incidents", "show", "1").out
    assert "accepted until 2099-01-02 00:00 UTC" in shown
    assert "known" in shown


def test_a_wait_is_followed_up(project: Path, run: Run) -> None:
    (project / "opsloop.yml").write_text(SETTINGS + LEVELS)
    run("incidents", "report", "Ramp 3 is wet", "--team", "shipping")
    waits = run(
        "incidents", "wait", "4", "--on", "Acme", "--for", "a part", "--json"
    ).json  # fmt: skip
    assert waits["follow_up_every_seconds"] == 4 * 3600
    assert waits["follow_up_at"] is not None
    own = run(
        "incidents", "wait", "4", "--on", "Acme", "--for", "a part", "--every", "90m",
        "--follow-up", "+1h", "--json",
    ).json  # fmt: skip
    assert own["follow_up_every_seconds"] == 5400
    asked = run("incidents", "follow-up", "4", "Where is it?", "--json").json
    assert (asked["follow_ups"], asked["follow_up_every_seconds"]) == (1, 5400)
    assert "1 made, next" in run("incidents", "show", "4").out
    later = run("incidents", "follow-up", "4", "--next", "2099-01-02", "--json").json
    assert (later["follow_ups"], later["follow_up_at"]) == (2, "2099-01-02T00:00:00Z")
    assert "cannot be followed up" in run("incidents", "follow-up", "1").err
    assert "write 30m or 4h" in run("incidents", "wait", "4", "--every", "2d").err


def test_the_queue_says_whose_wait_is_due(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("incidents", "wait", "1", "--on", "Acme", "--for", "a part", "--follow-up", "+1h")
    assert "ask again" not in run("incidents", "list").out
    monkeypatch.setattr("opsloop.cli.incidents.utc_now", lambda: datetime(2099, 1, 1, tzinfo=UTC))
    assert "waiting, ask again" in run("incidents", "list").out


def test_an_escalation_has_a_class(run: Run) -> None:
    run("incidents", "escalate", "1", "May we?", "--to-team", "care", "--class", "request")
    run("incidents", "escalate", "1", "Why?", "--to-team", "care")
    found = run("incidents", "show", "1", "--json").json["escalations"]
    assert [one["class"] for one in found] == ["request", "question"]
    assert "request" in run("incidents", "show", "1").out
