"""`opsloop import` from the command line, and how what it brings stands apart from the queue."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from opsloop.store import Store
from tests.integration.cli_project import Run
from tests.integration.imported import ACTIVITIES

LOG = """\
ticket,activity,who,at
A,create,ann,2024-03-01 09:00
A,take,bob,2024-03-01 09:10
B,create,ann,2024-03-02 09:00
B,take,bob,someday
"""


@pytest.fixture
def files(project: Path) -> Path:
    (project / "log.csv").write_text(LOG)
    (project / "map.yml").write_text(ACTIVITIES)
    return project


def test_rows_left_out_are_an_error_unless_allowed(run: Run, files: Path) -> None:
    found = run("import", "log.csv", "--map", "map.yml", "--rejects", "left_out.csv")
    assert found.code == 1
    assert "Imported 2 incidents of desk: 3 log rows" in found.out
    assert "  time_not_understood  1" in found.out
    assert "opsloop: 1 row of 4 was left out. See them with --rejects" in found.err
    rows = list(csv.DictReader(io.StringIO((files / "left_out.csv").read_text())))
    assert rows == [
        {
            "line": "5",
            "case": "B",
            "reason": "time_not_understood",
            "detail": "someday",
            "row": "B,take,bob,someday",
        }
    ]
    again = run("import", "log.csv", "--map", "map.yml", "--allow-rejects")
    assert again.code == 0
    assert "Nothing new for desk." in again.out


def test_it_says_everything_as_json(run: Run, files: Path) -> None:
    found = run("import", "log.csv", "--map", "map.yml", "--allow-rejects", "--json").json
    assert found["source"] == "desk"
    assert found["rejected"] == {"time_not_understood": 1}
    assert found["rows_read"] == found["rows_imported"] + found["rows_rejected"] == 4
    assert found["actions"] == {"opened": 2, "taken": 1}


def test_a_guess_is_written_and_imports(run: Run, files: Path) -> None:
    assert run("import", "--guess", "log.csv").out.startswith("# A first map")
    (files / "log.csv").write_text(LOG.replace("someday", "2024-03-02 10:00"))
    assert run("import", "log.csv", "--guess", "-o", "guess.yml").code == 0
    assert run("import", "log.csv", "--map", "guess.yml").code == 0


@pytest.mark.parametrize(
    "time",
    [
        "2024-03-0{} 10:00 +0100",
        "2024-03-0{} 09:00:00 Z",
        "2024-03-0{} 10:00 CET",
        "2024-03-0{} 10:00 Europe/Berlin",
        "2024-03-0{}T10:00:00+01:00[Europe/Berlin]",
        "2024/03/0{} 09:00",
        "2024-03-0{} 09:00 AM",
        "0{}.03.2024 10:00 CET",
        "0{}.03.2024 10:00 +0100",
        "3/{}/2024 9:00:00 AM",
        "0{}/03/2024 10:00:00 Europe/Berlin",
    ],
)
def test_what_a_guess_takes_for_a_time_is_imported(run: Run, files: Path, time: str) -> None:
    header, *rows = LOG.splitlines()
    days = [f"{row.rpartition(',')[0]},{time.format(4 + n)}" for n, row in enumerate(rows)]
    (files / "log.csv").write_text("\n".join([header, *days, ""]))
    assert run("import", "log.csv", "--guess", "-o", "guess.yml").code == 0
    found = run("import", "log.csv", "--map", "guess.yml", "--json")
    assert (found.code, found.json["rows_imported"]) == (0, 4)
    assert found.json["first_at"].startswith("2024-03-04T09:00:00")


@pytest.mark.parametrize("time", ["2024-07-0{} 1{}:00 {}", "0{}.07.2024 1{}:00 {}"])
def test_a_guess_says_what_to_do_with_a_zone_that_is_not_known(
    run: Run, files: Path, time: str
) -> None:
    header, *rows = LOG.splitlines()
    zones = ("CEST", "EET", "CEST", "CET")
    days = [
        f"{row.rpartition(',')[0]},{time.format(4 + n, n, zones[n])}" for n, row in enumerate(rows)
    ]
    (files / "log.csv").write_text("\n".join([header, *days, ""]))
    assert run("import", "log.csv", "--guess", "-o", "guess.yml").code == 0
    found = run("import", "log.csv", "--map", "guess.yml", "--json")
    assert (found.code, found.json["rejected"]) == (1, {"time_in_unknown_zone": 2})
    guess = (files / "guess.yml").read_text()
    [comment] = [line for line in guess.splitlines() if "two hours ahead of UTC" in line]
    said = comment.partition("UTC: ")[2]
    assert '# "at" names a zone' in guess
    (files / "guess.yml").write_text(guess.replace("\nat: '\"at\"'", f"\nat: {said}"))
    found = run("import", "log.csv", "--map", "guess.yml", "--replace", "--json")
    assert (found.code, found.json["rows_imported"]) == (0, 4)
    assert found.json["first_at"].startswith("2024-07-04T08:00:00")


def test_a_guess_writes_over_a_file_only_when_forced(run: Run, files: Path) -> None:
    found = run("import", "log.csv", "--guess", "-o", "map.yml")
    assert (found.code, found.err) == (
        1,
        "opsloop: map.yml is there already. Name another file, or add --force.\n",
    )
    assert (files / "map.yml").read_text() == ACTIVITIES
    assert run("import", "log.csv", "--guess", "-o", "map.yml", "--force").code == 0
    assert (files / "map.yml").read_text().startswith("# A first map")
    assert run("import", "log.csv", "--guess", "-o", "log.csv", "--force").code == 1
    assert (files / "log.csv").read_text() == LOG


@pytest.mark.parametrize("place", ["log.csv", "map.yml", "./log.csv", "notes.txt", "var"])
def test_the_list_of_rows_left_out_takes_no_other_files_place(
    run: Run, files: Path, place: str
) -> None:
    (files / "notes.txt").write_text("mine\n")
    before = {name: (files / name).read_text() for name in ("log.csv", "map.yml", "notes.txt")}
    found = run("import", "log.csv", "--map", "map.yml", "--rejects", place)
    assert (found.code, found.out) == (1, "")
    assert "Name a" in found.err
    assert {name: (files / name).read_text() for name in before} == before
    assert run("import", "log.csv", "--map", "map.yml", "--json").json["rows_imported"] == 3


def test_an_earlier_list_is_written_over(run: Run, files: Path) -> None:
    args = ("import", "log.csv", "--map", "map.yml", "--rejects", "out.csv", "--allow-rejects")
    assert run(*args).code == 0
    written = (files / "out.csv").read_text()
    assert run(*args).code == 0
    assert (files / "out.csv").read_text() == written


def test_a_replacement_of_which_nothing_can_be_imported_is_an_error(run: Run, files: Path) -> None:
    run("import", "log.csv", "--map", "map.yml", "--allow-rejects")
    (files / "log.csv").write_text("ticket,activity,who,at\nA,create,ann,someday\n")
    found = run("import", "log.csv", "--map", "map.yml", "--replace", "--allow-rejects")
    assert found.code == 1
    assert found.err.startswith(
        "opsloop: Nothing of log.csv can be imported: nothing was replaced, and what there was of "
        "desk still counts."
    )
    assert "Nothing replaced for desk." in found.out


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["log.csv"], 2, "Give either --map MAP.yml or --guess."),
        (["log.csv", "--map", "none.yml"], 1, "There is no map none.yml. Write one with"),
        (["none.csv", "--map", "map.yml"], 1, "There is no file none.csv."),
        (["log.csv", "--map", "map.yml", "--rejects", "no/such.csv"], 1, "There is no folder no."),
        ([".", "--map", "map.yml"], 1, ". is no file."),
        (["log.csv", "--guess", "--json"], 2, "--json belongs to --map"),
        (["log.csv", "--guess", "--replace"], 2, "--replace belongs to --map"),
        (["log.csv", "--guess", "--rejects", "x"], 2, "--rejects belongs to --map"),
        (["log.csv", "--guess", "--allow-rejects"], 2, "--allow-rejects belongs to --map"),
        (["log.csv", "--map", "map.yml", "-o", "x"], 2, "--output belongs to --guess"),
        (["log.csv", "--map", "map.yml", "--force"], 2, "--force belongs to --guess"),
    ],
)
def test_mistakes_are_one_line(
    run: Run, files: Path, args: list[str], code: int, says: str
) -> None:
    found = run("import", *args)
    assert found.code == code
    assert says in found.err
    assert len(found.err.splitlines()) == 1


def test_every_fault_of_a_map_is_a_line(run: Run, files: Path) -> None:
    (files / "map.yml").write_text("case: ticket\nsource: Old Desk\nrows:\n- {action: openned}\n")
    found = run("import", "log.csv", "--map", "map.yml")
    assert found.code == 1
    assert found.err.splitlines()[1:] == [
        "opsloop: map.yml:2 source: 'Old Desk' is not a source's name. Use lower-case letters, "
        "digits, `_` and `-`, such as `old_helpdesk`.",
        "opsloop: map.yml:4 rows[0].action: 'openned' is not one of opened, taken, assigned, "
        "reassigned, prioritized, classified, commented, updated, escalated, nudged, answered, "
        "worked, set_waiting, resumed, snoozed, woken, resolved, closed or reopened. "
        "Did you mean 'opened'?",
    ]


def test_what_was_imported_is_history_and_never_in_the_queue(run: Run, files: Path) -> None:
    before = run("incidents", "list", "--json").json
    run("import", "log.csv", "--map", "map.yml", "--allow-rejects")
    assert run("incidents", "list", "--json").json == before
    assert run("incidents", "show", "4").code == 0
    for args in (["take", "4"], ["comment", "4", "hello"], ["resolve", "4", "--code", "fixed"]):
        found = run("incidents", *args)
        assert found.code == 1
        assert "Incident 4 was imported from desk: it is history." in found.err
    assert run("store", "verify").code == 0
    with Store.open(f"sqlite:///{files}/var/incidents.db") as store:
        assert not store.news_since(0, 4)
