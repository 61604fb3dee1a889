"""The command line: what commands print, how they fail, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from opsloop.cli import main
from opsloop.store import Store
from tests.integration.cli_project import NASTY, Run, in_words

BIN = Path(sys.executable).parent / "opsloop"


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
            (["--follow-up-due"], []),
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

    def test_a_page_begins_behind_a_mark(self, run: Run) -> None:
        whole = run("incidents", "list", "--json").json
        later = run("incidents", "list", "--json", "--after", whole[0]["mark"]).json
        assert later == whole[1:]
        out = run("incidents", "list", "--limit", "1", "--after", whole[0]["mark"]).out
        assert f"1 of 3 incidents; --limit shows more, --after '{whole[1]['mark']}'" in out
        refused = run("incidents", "list", "--after", "nowhere")
        assert (refused.code, "is no place in the queue" in refused.err) == (1, True)

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
