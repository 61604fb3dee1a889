"""Commands that change something: incidents, mutes, settings, the store."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli_project import SETTINGS, Run, in_words


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

    def test_pauses(self, run: Run) -> None:
        waits = run(
            "incidents", "wait", "1", "--on", "Acme", "--kind", "supplier", "--for", "a part",
            "--follow-up", "+2h", "--json",
        ).json  # fmt: skip
        assert (waits["status"], waits["waiting_on"], waits["waiting_reason"]) == (
            "waiting",
            "Acme",
            "a part",
        )
        assert "0 made, next" in run("incidents", "show", "1").out
        assert run("incidents", "snooze", "1", "--until", "+1d", "--json").json["snoozed_until"]
        assert "snoozed" in run("incidents", "show", "1").out
        assert run("incidents", "wake", "1", "--json").json["status"] == "waiting"
        assert run("incidents", "resume", "1", "it came", "--json").json["status"] == "new"

    def test_what_is_said_of_it(self, run: Run) -> None:
        run("incidents", "update", "1", "We are on it")
        run("incidents", "escalate", "1", "Where?", "--to-outside", "Acme")
        run("incidents", "nudge", "1", "Still waiting")
        run("incidents", "prioritize", "1", "P1", "the fair opens")
        run("incidents", "classify", "1", "--class", "request", "--type", "status")
        run("incidents", "link", "1", "2", "--kind", "caused_by")
        found = run("incidents", "show", "1", "--json").json
        assert (found["priority"], found["priority_overridden"]) == ("P1", True)
        assert (found["class"], found["type"]) == ("request", "status")
        assert found["first_response_at"] is not None
        assert found["escalations"][0]["nudges"] == 1
        assert found["links"] == [{"number": 1, "other": 2, "kind": "caused_by"}]
        assert "#1 caused by #2" in run("incidents", "show", "1").out
        run("incidents", "unlink", "1", "2", "--kind", "caused_by")
        assert run("incidents", "show", "1", "--json").json["links"] == []

    def test_work(self, run: Run) -> None:
        run("incidents", "work", "1", "--start")
        assert run("incidents", "show", "1", "--json").json["timers"][0]["person"] == "mo.bauer"
        assert "Timer: mo.bauer" in run("incidents", "show", "1").out
        run("incidents", "work", "1", "--stop", "looked into it")
        run("incidents", "work", "1", "--minutes", "15", "--by", "kim.larsen")
        found = run("incidents", "show", "1", "--json").json
        worked = [row for row in found["log"] if row["action"] == "worked"]
        assert worked[1]["subject"] == {"person": "kim.larsen", "minutes": 15}
        run("incidents", "work", "1", "--correct", worked[1]["log_id"], "--minutes", "5", "typo")
        last = run("incidents", "show", "1", "--json").json["log"][-1]
        assert (last["action"], last["subject"]["minutes"]) == ("corrected", 5)

    def test_the_end_and_back(self, run: Run) -> None:
        run("incidents", "resolve", "1", "--code", "fixed")
        assert run("incidents", "close", "1", "--json").json["status"] == "closed"
        batch = run("incidents", "show", "1", "--json").json["log"][-1]["batch_id"]
        [undone] = run("incidents", "undo", batch, "--json").json
        assert (undone["status"], undone["closed_at"]) == ("resolved", None)
        again = run("incidents", "undo", batch)
        assert (again.code, again.err.count("\n")) == (1, 1)
        assert run("store", "verify", "--json").json["ok"]

    @pytest.mark.parametrize(
        ("args", "code", "words"),
        [
            (["wait", "1", "--on", "Acme"], 2, "Missing option '--for'"),
            (["wait", "1", "--on", "a", "--for", "b", "--kind", "x"], 2, "is not one of"),
            (["wait", "1", "--on", "a", "--for", "b", "--follow-up", "soon"], 2, "is no moment"),
            (["wait", "1", "--on", "a", "--for", "b", "--follow-up", "2020-01-01"], 1, "is over"),
            (["snooze", "1"], 1, "without an end"),
            (["resume", "1"], 1, "is new and cannot be resumed"),
            (["wake", "1"], 1, "is new and cannot be woken"),
            (["prioritize", "1", "P9", "x"], 2, "is not one of"),
            (["prioritize", "1", "P1"], 2, "The text is missing"),
            (["classify", "1"], 2, "Give a --class"),
            (["work", "1"], 2, "Give one of"),
            (["work", "1", "--stop"], 1, "No timer of yours"),
            (["work", "1", "--start", "--by", "kim.larsen"], 2, "go with --minutes"),
            (["work", "1", "--minutes", "nan"], 1, "cannot be"),
            (["link", "1", "1"], 1, "with itself"),
            (["link", "1", "99"], 1, "no incident 99"),
            (["close", "1"], 1, "is new and cannot be closed"),
            (["undo", "none"], 1, "no action none of a person"),
            (["nudge", "1"], 1, "no open escalation to nudge"),
        ],
    )
    def test_what_life_refuses(self, run: Run, args: list[str], code: int, words: str) -> None:
        found = run("incidents", *args)
        assert found.code == code
        assert words in found.err

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
            (["add", "--entity", "7", "--hours", "1e12", "--reason", "x"], 2),
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
        with sqlite3.connect(project / "var/incidents.db") as connection:
            connection.execute("update incidents set team = 'care' where incident_id = 1")
        found = run("store", "verify", "--json")
        assert (found.code, found.json["ok"]) == (1, False)
        assert "team" in found.json["faults"][0]


def test_watch_tells_each_change_until_it_is_stopped(run: Run, project: Path) -> None:
    command = [sys.executable, "-m", "opsloop", "incidents", "watch", "--json", "--every", "0.1"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        count = len(run("incidents", "list", "--json").json)
        first = [json.loads(watching.stdout.readline()) for _ in range(count)]
        assert {one["status"] for one in first} <= {"new", "active", "waiting", "snoozed"}
        run("incidents", "resolve", "1", "--code", "fixed")
        changed = json.loads(watching.stdout.readline())
        assert (changed["number"], changed["status"]) == (1, "resolved")
        watching.terminate()  # a shell's background jobs would not hear of Ctrl-C
        assert watching.wait(timeout=30) == -signal.SIGTERM


class TestExplainAndPeople:
    def test_explain(self, run: Run) -> None:
        found = run("explain", "1", "--json").json
        assert any(one["rule"] == "routing" for one in found)
        assert found[-1]["rule"] == "priority"
        assert "Severity" in run("explain", "1").out
        assert run("explain", "99").code == 1

    def test_people(self, run: Run) -> None:
        run("incidents", "take", "1", "--as", "kim.larsen")
        run("people", "away", "kim.larsen", "--until", "+2d", "--reason", "fair")
        [kim] = [
            one for one in run("people", "list", "--json").json if one["person"] == "kim.larsen"
        ]
        assert kim["open_items"] == 1
        assert kim["away_until"] is not None
        assert "kim.larsen" in run("people", "list").out
        assert run("people", "back", "kim.larsen").code == 0
        again = run("people", "back", "kim.larsen")
        assert (again.code, again.err.count("\n")) == (1, 1)

    def test_a_planned_absence_is_called_off(self, run: Run) -> None:
        run("people", "away", "kim.larsen", "--from", "+1d", "--until", "+2d", "--reason", "fair")
        planned = [one["planned"] for one in run("people", "list", "--json").json]
        [[one]] = [plans for plans in planned if plans]
        assert one["reason"] == "fair"
        number = str(one["absence_id"])
        assert f"#{number}: " in run("people", "list").out
        assert "kim.larsen is called off" in run("people", "cancel", number).out
        assert (run("people", "cancel", number).code, run("people", "cancel", number).out) == (
            1,
            "",
        )
        assert not any(one["planned"] for one in run("people", "list", "--json").json)

    def test_report(self, run: Run) -> None:
        found = run(
            "incidents", "report", "A lorry stands at gate 4", "--team", "shipping",
            "--severity", "high", "--found-by", "guard", "-m", "Since six.", "--json",
        ).json  # fmt: skip
        assert (found["monitor"], found["found_by"], found["priority"]) == (None, "guard", "P2")
        assert run("incidents", "report", " ").code == 1
        assert run("incidents", "report", "x", "--severity", "awful").code == 2
