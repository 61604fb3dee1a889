"""A first map, guessed: it must import with few rejects and read well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opsloop.errors import Refused
from opsloop.service.importing.guessing import guess_map
from tests.integration.imported import NOW, SNAPSHOT_HEADER, Desk

HELPDESK = Path(__file__).parents[3] / "shared" / "data" / "helpdesk.csv.gz"


def guessed(desk: Desk, log: str) -> str:
    (desk.folder / "old_desk.csv").write_text(log)
    return guess_map(desk.folder / "old_desk.csv", NOW)


def snapshots() -> str:
    """Return a log of updates: one row each, with day first, marks for null, and counters."""
    rows = []
    for number in range(120):
        opened = datetime(2024, 1, 1, 8, tzinfo=UTC) + timedelta(days=number * 2, minutes=number)
        states = ("New", "Active", "Awaiting User Info", "Resolved", "Closed")
        for place, state in enumerate(states):
            updated = opened + timedelta(hours=5 * place)
            resolved = f"{opened + timedelta(hours=15):%d/%m/%Y %H:%M}" if place > 2 else "?"
            rows.append(
                f"INC{number:05d},{place},{updated:%d/%m/%Y %H:%M},{opened:%d/%m/%Y %H:%M},"
                f"{resolved},{state},Group {number % 3},{'?' if place == 0 else 'Resolver 7'},"
                f"{1 + number % 3} - Level,{min(place, 2)},{'Solved' if place > 2 else '?'}"
            )
    return SNAPSHOT_HEADER + "\n".join(rows) + "\n"


def test_snapshots_are_guessed_whole(desk: Desk) -> None:
    text = guessed(desk, snapshots())
    for line in (
        "source: old_desk",
        '  null: ["?"]',
        '  time: ["%d/%m/%Y %H:%M"]',
        "case: number",
        "at: updated_at",
        "order: ['update_no::bigint', line]",
        "key: [number, update_no]   # no two rows have the same",
        '  "Awaiting User Info": waiting customer',
        '  "New": new',
        "- {action: opened, once: first, at: opened_at}",
        "- {action: reassigned, delta: 'reassignments::bigint'}",
        "- {action: resolved, once: last, at: resolved_at}",
        "  resolution_code: close_code",
    ):
        assert line in text.splitlines(), line
    found = desk.bring(snapshots(), text)
    assert (found.rows_read, found.rows_rejected) == (600, 0)
    assert found.incidents_opened == 120
    assert found.actions["resolved"] == found.actions["closed"] == 120
    assert found.actions["assigned"] >= 240


def test_activities_in_another_language_are_guessed(desk: Desk) -> None:
    rows = ["Vorgang;Aktivität;Benutzer;Zeitpunkt;Gruppe"]
    for number in range(40):
        day = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=3 * number)
        for place, (word, who) in enumerate(
            (("Neu erfasst", "Anna"), ("Übernommen", "Bernd"), ("Wartet auf Kunde", "Bernd"),
             ("In Bearbeitung", "Bernd"), ("Gelöst", "Bernd"), ("Geschlossen", "System"))
        ):  # fmt: skip
            rows.append(f"V{number};{word};{who};{day + timedelta(hours=place):%d.%m.%Y %H:%M};IT")
    log = "\n".join(rows) + "\n"
    text = guessed(desk, log)
    assert "- {action: set_waiting, when: \"activity in ('Wartet auf Kunde')\"}" in text
    assert "- {action: closed, when: \"activity in ('Geschlossen')\"}" in text
    found = desk.bring(log, text)
    assert (found.rows_imported, found.rows_rejected) == (240, 0)
    assert found.actions["taken"] == 80
    assert found.actions["resolved"] == found.actions["closed"] == 40


def test_codes_that_could_be_dates_are_none(desk: Desk) -> None:
    """To DuckDB `12-3-5` is a day of the year 12, and `1/3/24` by `%Y` one of the year 24."""
    rows = [f"T{n // 2},{n % 9 + 1}-3-5,{n % 9 + 1}/3/24 10:00,2024-01-02" for n in range(40)]
    text = guessed(desk, "\n".join(["ticket,timestamp,updated,seen", *rows, ""]))
    assert "at: seen" in text.splitlines()


def test_the_window_leaves_out_what_a_cut_by_closing_hides(desk: Desk) -> None:
    """Arrivals run dry before the end: what was opened late was not closed in time."""
    rows = ["ticket,activity,who,at"]
    for number in range(365):
        opened = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number)
        if number < 300:
            rows.append(f"{number},create,ann,{opened.isoformat()}")
            rows.append(f"{number},close,ann,{(opened + timedelta(days=65)).isoformat()}")
    text = guessed(desk, "\n".join(rows) + "\n")
    assert "window: {from: 2024-02-01, to: 2024-10-31, complete_for: closed}" in text


def test_a_log_without_rows_or_cases_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="has no rows"):
        guessed(desk, "ticket,activity,at\n")
    with pytest.raises(Refused, match="tells cases apart"):
        guessed(desk, "a,b\nx,1\ny,2\n")


@pytest.mark.skipif(not HELPDESK.exists(), reason="the real log is not here")
def test_the_guess_for_a_real_log_imports_it_whole(desk: Desk) -> None:
    text = guess_map(HELPDESK, NOW)
    found = desk.bring(HELPDESK.read_bytes(), text, name="helpdesk.csv.gz")
    assert (found.rows_read, found.rows_imported, found.rows_rejected) == (21_348, 21_348, 0)
    assert found.incidents_opened == 4_580
    assert found.actions["closed"] > 4_500
