"""The command line: what each command prints, how it fails, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from opsloop.cli import main
from opsloop.store import Store
from opsloop.types import (
    Action,
    Actor,
    ActorKind,
    Change,
    Disposition,
    Event,
    EventChange,
    Severity,
    State,
)

BIN = Path(sys.executable).parent / "opsloop"
OPENED_AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
NASTY = "Late [bold]x[/bold] <script>alert(1)</script> \x1b[31m 👩\u200d✈️ " + "y" * 10_000

SETTINGS = """\
teams:
  maintainers:
  shipping: {lead: mo.bauer, members: [mo.bauer, kim.larsen]}
  care: {members: [ola.ruiz]}
"""


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


def in_words(value: object) -> str:
    """Return what a parametrized test is called by: its command line."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)[:20]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project with three incidents and go there."""
    (tmp_path / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
    (tmp_path / "opsloop.yml").write_text(SETTINGS)
    for name in ("OPSLOOP_HOME", "OPSLOOP_STORE_URL", "OPSLOOP_PROJECT_DIR", "OPSLOOP_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPSLOOP_USER", "mo.bauer")
    monkeypatch.chdir(tmp_path)
    with Store.open(f"sqlite:///{tmp_path}/var/incidents.db", create=True) as store:
        open_incident(store, "mon_late_orders", "7", "Order 7 is late", "shipping", "high")
        open_incident(store, "mon_late_orders", "8", NASTY, "shipping", "critical")
        open_incident(store, "mon_bad_reviews", "9", "Review", "care", "low")
    return tmp_path


def open_incident(
    store: Store, monitor: str, entity: str, title: str, team: str, severity: str
) -> None:
    """Open an incident as sync does."""
    priority = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}[severity]
    after = {
        "monitor_id": monitor,
        "entity_id": entity,
        "group_key": f'["{entity}"]',
        "state": State.NEW,
        "team": team,
        "assignment_kind": "rule",
        "class": "exception",
        "type": monitor,
        "severity": severity,
        "priority": priority,
        "impact": 40.0,
        "impact_unit": "EUR",
        "opened_at": OPENED_AT,
        "events_total": 1,
        "events_firing": 1,
    }
    event = Event(
        event_id=f"{monitor}/{entity}",
        monitor_id=monitor,
        entity_id=entity,
        group_key=f'["{entity}"]',
        disposition=Disposition.ATTACHED,
        firing=True,
        occurred_at=OPENED_AT,
        started_at=OPENED_AT,
        severity=Severity(severity),
        impact=40.0,
    )
    with store.batch(OPENED_AT) as batch:
        [number] = batch.new_incident_ids(1)
        change = Change(Action.OPENED, OPENED_AT, after, {"rule_id": "16"}, text=title)
        batch.open(number, change, Actor(ActorKind.SYNC, monitor, "sync"))
        batch.event(Event(**{**_fields(event), "incident_id": number}), EventChange.APPEARED)
        batch.evidence(event.event_id, '{"country": "NO", "note": "a\\u001b[31mb"}', severity, 40)
        batch.claim(monitor, event.group_key, number)


def _fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__slots__}


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in the project."""

    def run_command(*args: str) -> Ran:
        code = main(list(args))
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run_command


class TestList:
    def test_json_has_what_scripts_rely_on(self, run: Run) -> None:
        found = run("incidents", "list", "--json")
        assert (found.code, found.err) == (0, "")
        [first, *rest] = found.json
        assert {
            "number": 2,
            "monitor": "mon_late_orders",
            "title": NASTY,
            "status": "new",
            "priority": "P1",
            "severity": "critical",
            "team": "shipping",
            "assignee": None,
            "entity_id": "8",
            "impact": 40.0,
            "impact_unit": "EUR",
            "opened_at": "2026-03-01T09:00:00Z",
            "acknowledged_at": None,
            "resolved_at": None,
            "resolution_code": None,
            "event_count": 1,
            "events_firing": 1,
            "version": 1,
            "decision_version": 1,
        }.items() <= first.items()
        assert [one["number"] for one in rest] == [1, 3]

    @pytest.mark.parametrize(
        ("args", "numbers"),
        [
            (["--team", "shipping"], [2, 1]),
            (["--team", "maintainers"], []),
            (["--monitor", "mon_bad_reviews"], [3]),
            (["--severity", "high"], [1]),
            (["--priority", "P4"], [3]),
            (["--entity", "7"], [1]),
            (["--search", "review"], [3]),
            (["--search", "#1"], [1]),
            (["--limit", "1"], [2]),
            (["--limit", "0"], []),
            (["--limit", "1", "--offset", "1"], [1]),
            (["--order", "oldest"], [1, 2, 3]),
            (["--unassigned"], [2, 1, 3]),
            (["--assignee", "mo.bauer"], []),
            (["--status", "new"], [2, 1, 3]),
            (["--status", "done"], []),
            (["--status", "all"], [2, 1, 3]),
        ],
        ids=in_words,
    )
    def test_filters(self, run: Run, args: list[str], numbers: list[int]) -> None:
        found = run("incidents", "list", "--json", *args)
        assert [one["number"] for one in found.json] == numbers

    @pytest.mark.parametrize(
        ("args", "words"),
        [
            (["--status", "foo"], "'new', 'active', 'waiting', 'snoozed', 'resolved', 'closed'"),
            (["--team", "shiping"], "Did you mean 'shipping'? Known: care, maintainers, shipping."),
            (["--monitor", "mon_late"], "Known: mon_bad_reviews, mon_late_orders."),
            (["--severity", "huge"], "'critical', 'high', 'medium', 'low'"),
            (["--limit", "-1"], "--limit"),
            (["--limit", "many"], "--limit"),
            (["--assignee", "a", "--unassigned"], "exclude each other"),
            (["--colour"], "No such option"),
        ],
    )
    def test_unknown_values_are_usage_errors(self, run: Run, args: list[str], words: str) -> None:
        found = run("incidents", "list", "--json", *args)
        assert (found.code, found.out) == (2, "")
        assert words in found.err
        assert found.err.count("\n") == 1

    def test_the_table_shows_text_as_text(self, run: Run) -> None:
        found = run("incidents", "list")
        lines = found.out.splitlines()
        assert len(lines) == 4
        assert "[bold]x[/bold] <script>alert(1)</script>" in lines[1]
        assert "\x1b" not in found.out
        assert "…" in lines[1]

    def test_a_cut_table_says_so(self, run: Run) -> None:
        out = run("incidents", "list", "--limit", "2", "--offset", "1").out
        assert "2-3 of 3" not in run("incidents", "list").out
        assert "2-3 of 3 incidents" in out

    def test_an_empty_queue(self, run: Run) -> None:
        assert run("incidents", "list", "--status", "closed").out == "No incidents.\n"


class TestShow:
    def test_json(self, run: Run) -> None:
        found = run("incidents", "show", "1", "--json").json
        [event] = found["events"]
        assert event["entity_id"] == "7"
        assert event["occurred_at"] == "2026-03-01T09:00:00Z"
        assert (event["firing"], event["cleared_at"]) == (True, None)
        assert event["evidence"] == {"country": "NO", "note": "a\x1b[31mb"}
        [row] = found["log"]
        assert (row["seq"], row["version"], row["action"]) == (1, 1, "opened")
        assert (row["actor"], row["actor_kind"], row["via"]) == ("mon_late_orders", "sync", "sync")
        assert row["changes"]["state"] == "new"
        assert (found["escalations"], found["related"]) == ([], [])

    def test_text(self, run: Run) -> None:
        out = run("incidents", "show", "2").out
        assert "<script>alert(1)</script>" in out
        assert "country: NO" in out
        assert "\x1b" not in out

    def test_the_number_may_have_its_hash(self, run: Run) -> None:
        assert run("incidents", "show", "#1", "--json").json["number"] == 1

    @pytest.mark.parametrize(("number", "code"), [("99", 1), ("x", 2), ("0", 2), ("9" * 30, 2)])
    def test_no_such_incident(self, run: Run, number: str, code: int) -> None:
        found = run("incidents", "show", number, "--json")
        assert (found.code, found.out, found.err.count("\n")) == (code, "", 1)


class TestActions:
    def test_a_life(self, run: Run) -> None:
        taken = run("incidents", "take", "1", "--json").json
        assert (taken["status"], taken["assignee"]) == ("active", "mo.bauer")
        run("incidents", "comment", "1", "Called the carrier")
        run("incidents", "escalate", "1", "--to-team", "care", "--text", "Tell the customer?")
        assert run("incidents", "show", "1", "--json").json["escalations_open"] == 1
        run("incidents", "answer", "1", "Told", "--as", "ola.ruiz")
        done = run(
            "incidents", "resolve", "1", "--code", "fixed", "--root-cause", "strike", "--json"
        )
        assert (done.json["status"], done.json["resolution_code"]) == ("resolved", "fixed")
        again = run("incidents", "reopen", "1", "Came back", "--json").json
        assert (again["status"], again["reopened_count"]) == ("active", 1)
        whole = run("incidents", "show", "1", "--json").json
        assert [(row["action"], row["actor"], row["text"]) for row in whole["log"]][1:] == [
            ("taken", "mo.bauer", None),
            ("commented", "mo.bauer", "Called the carrier"),
            ("escalated", "mo.bauer", "Tell the customer?"),
            ("answered", "ola.ruiz", "Told"),
            ("resolved", "mo.bauer", None),
            ("reopened", "mo.bauer", "Came back"),
        ]
        assert all(row["via"] == "cli" for row in whole["log"][1:])
        assert "Called the carrier" in run("incidents", "show", "1").out
        assert run("store", "verify", "--json").json["ok"]

    def test_assign(self, run: Run) -> None:
        found = run("incidents", "assign", "3", "--to", "kim.larsen", "--json").json
        assert (found["team"], found["assignee"]) == ("shipping", "kim.larsen")
        found = run("incidents", "assign", "3", "--team", "care", "--json").json
        assert (found["team"], found["assignee"]) == ("care", None)

    def test_who_acts_is_the_login_name_at_last(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("OPSLOOP_USER")
        monkeypatch.setenv("LOGNAME", "kim.larsen")
        assert run("incidents", "take", "1", "--json").json["assignee"] == "kim.larsen"

    def test_the_second_is_told_who_was_first(self, run: Run) -> None:
        assert run("incidents", "take", "1", "--as", "kim.larsen", "--expect", "1").code == 0
        found = run("incidents", "take", "1", "--expect", "1")
        assert found.code == 1
        assert "kim.larsen" in found.err
        assert found.err.count("\n") == 1

    def test_new_events_since_are_told(self, run: Run) -> None:
        found = run("incidents", "resolve", "1", "--code", "fixed", "--events-seen", "0")
        assert (found.code, "has 1 events, you saw 0" in found.err) == (1, True)

    @pytest.mark.parametrize(
        ("args", "code", "words"),
        [
            (["take", "99"], 1, "There is no incident 99."),
            (["take"], 2, "Missing argument 'NUMBER'"),
            (["assign", "1"], 2, "Name a --team, or a person with --to."),
            (["assign", "1", "--team", "nobody"], 1, "There is no team 'nobody'."),
            (["assign", "1", "--to", "nobody"], 1, "There is no person 'nobody'"),
            (["comment", "1"], 2, "The text is missing."),
            (["comment", "1", " "], 2, "The text is missing."),
            (["comment", "1", "a", "--text", "b"], 2, "The text is given twice."),
            (["escalate", "1", "help"], 2, "Name one of --to-team"),
            (["escalate", "1", "help", "--to-team", "x"], 1, "There is no team 'x' to ask."),
            (["answer", "1", "yes"], 1, "has no open escalation"),
            (["resolve", "1"], 2, "Missing option '--code'"),
            (["resolve", "1", "--code", "bored"], 1, "bored"),
            (["resolve", "1", "--code", "cleared_by_itself"], 1, "cleared_by_itself"),
            (["reopen", "1", "why not"], 1, "Incident 1"),
            (["lose", "1"], 2, "There is no command 'lose'. Did you mean 'close'?"),
        ],
        ids=in_words,
    )
    def test_refusals(self, run: Run, args: list[str], code: int, words: str) -> None:
        found = run("incidents", *args)
        assert (found.code, found.out) == (code, "")
        assert words.split(" Did you")[0] in found.err
        assert found.err.count("\n") == 1
        assert found.err.startswith("opsloop: ")


class TestMutes:
    def test_a_mute_from_beginning_to_end(self, run: Run) -> None:
        made = run(
            "mutes",
            "add",
            "--monitor",
            "mon_late_orders",
            "--hours",
            "2",
            "--reason",
            "x",
            "--json",
        ).json
        [mute] = run("mutes", "list", "--json").json
        assert (mute["mute_id"], mute["in_force"]) == (made["mute_id"], True)
        assert (mute["monitor"], mute["created_by"]) == ("mon_late_orders", "mo.bauer")
        assert "mon_late_orders" in run("mutes", "list").out
        assert run("mutes", "end", str(made["mute_id"])).code == 0
        assert run("mutes", "list", "--json").json == []
        assert len(run("mutes", "list", "--all", "--json").json) == 1

    @pytest.mark.parametrize(
        ("args", "code"),
        [
            (["add", "--monitor", "mon_late_orders", "--reason", "x"], 2),
            (["add", "--monitor", "mon_late_order", "--hours", "1", "--reason", "x"], 2),
            (["add", "--hours", "1", "--reason", "everything"], 1),
            (["add", "--entity", "7", "--until", "2020-01-01", "--reason", "x"], 1),
            (["end", "99"], 1),
        ],
        ids=in_words,
    )
    def test_refusals(self, run: Run, args: list[str], code: int) -> None:
        found = run("mutes", *args)
        assert (found.code, found.out, found.err.count("\n")) == (code, "", 1)


class TestConfig:
    def test_show_and_apply(self, run: Run) -> None:
        shown = run("config", "show", "--json").json
        assert set(shown["teams"]) == {"care", "maintainers", "shipping"}
        applied = run("config", "apply", "--json").json
        assert applied["checksum"] == shown["checksum"]
        assert run("config", "apply", "--json").json == applied
        assert "kim.larsen" in run("config", "show").out

    def test_faults_get_one_line_each(self, run: Run, project: Path) -> None:
        (project / "opsloop.yml").write_text(SETTINGS + "sla: 4\npeople: [A B]\n")
        found = run("config", "show")
        lines = found.err.splitlines()
        assert (found.code, found.out, len(lines)) == (1, "", 3)
        assert lines[0] == "opsloop: The settings have 2 faults:"
        assert lines[1].startswith("opsloop: opsloop.yml:")


class TestStore:
    def test_a_store_that_is_not_there(self, run: Run, project: Path) -> None:
        (project / "var/incidents.db").unlink()
        found = run("incidents", "list")
        assert (found.code, found.err.count("\n")) == (1, 1)
        assert "opsloop store upgrade" in found.err
        assert run("store", "upgrade", "--json").code == 0
        assert run("incidents", "list", "--json").json == []

    def test_a_corrupt_store(self, run: Run, project: Path) -> None:
        for path in (project / "var").glob("incidents.db*"):
            path.unlink()
        (project / "var/incidents.db").write_bytes(b"not a database at all" * 500)
        found = run("incidents", "list")
        assert (found.code, found.out, found.err.count("\n")) == (1, "", 1)

    def test_a_log_that_was_tampered_with(self, run: Run, project: Path) -> None:
        import sqlite3

        with sqlite3.connect(project / "var/incidents.db") as connection:
            connection.execute("update incidents set team = 'care' where incident_id = 1")
        found = run("store", "verify", "--json")
        assert (found.code, found.json["ok"]) == (1, False)
        assert "team" in found.json["faults"][0]


class TestTheRoot:
    def test_help_of_every_command(self, run: Run) -> None:
        for args in (
            [],
            ["incidents"],
            ["incidents", "resolve"],
            ["monitors", "check"],
            ["run"],
            ["app"],
            ["doctor"],
            ["retro"],
        ):
            found = run(*args, "--help")
            assert (found.code, found.err) == (0, "")
            assert found.out.startswith(f"Usage: {' '.join(['opsloop', *args])}")

    def test_nothing_asked(self, run: Run) -> None:
        found = run()
        assert (found.code, found.out) == (2, "")
        assert "Commands:" in found.err

    def test_a_near_miss(self, run: Run) -> None:
        found = run("incident")
        assert found.code == 2
        assert "Did you mean 'incidents'?" in found.err

    def test_the_project_around_a_folder(
        self, run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (project / "monitors/shop").mkdir(parents=True)
        (project / "monitors/shop/opsloop.yml").write_text("people: [guest.one]\n")
        monkeypatch.chdir(project / "monitors/shop")
        assert "guest.one" in run("config", "show", "--json").json["people"]

    def test_no_figures_yet(self, run: Run) -> None:
        found = run("retro")
        assert (found.code, found.err) == (
            1,
            "opsloop: Nothing was published yet. Run `opsloop run`, or `opsloop publish`.\n",
        )

    def test_a_bug_is_one_line_too(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Store, "queue", lambda *_: 1 / 0)
        found = run("incidents", "list")
        assert (found.code, found.out, found.err.count("\n")) == (1, "", 1)
        assert "OPSLOOP_DEBUG=1" in found.err
        monkeypatch.setenv("OPSLOOP_DEBUG", "1")
        with pytest.raises(ZeroDivisionError):
            main(["incidents", "list"])

    def test_ctrl_c(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Store, "queue", stop)
        assert run("incidents", "list").code == 130


class TestTheProcess:
    def opsloop(self, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BIN, *args], capture_output=True, text=True, timeout=60, check=False, **options
        )

    def test_one_document_on_stdout(self, project: Path) -> None:
        done = self.opsloop("incidents", "list", "--json")
        assert (done.returncode, done.stderr) == (0, "")
        assert len(json.loads(done.stdout)) == 3

    def test_a_reader_that_stops_reading(self, project: Path) -> None:
        command = f"'{BIN}' incidents show 2 --json | head -c 10"
        done = subprocess.run(
            command, shell=True, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")

    def test_an_old_terminal(self, project: Path) -> None:
        import os

        env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
        done = self.opsloop("incidents", "list", "--json", env=env)
        assert json.loads(done.stdout)[0]["title"] == NASTY
        assert self.opsloop("incidents", "list", env=env).returncode == 0

    def test_the_queue_loads_nothing_heavy(self, project: Path) -> None:
        code = (
            "import sys; from opsloop.cli import main; main(['incidents', 'list']);"
            "print(sorted({'dbt', 'streamlit', 'duckdb', 'pyarrow', 'pandas', 'pydantic'}"
            " & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.splitlines()[-1] == "[]"
