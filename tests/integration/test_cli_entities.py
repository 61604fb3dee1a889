"""An entity's history and what is held back, from the command line."""

from __future__ import annotations

import pytest

from tests.integration.cli_project import NASTY, Run


class TestHistory:
    def test_json(self, run: Run) -> None:
        run("incidents", "take", "1")
        run("incidents", "comment", "1", "The lorry broke down.")
        run("mutes", "add", "--entity", "7", "--hours", "1", "--reason", "known")
        ran = run("entities", "history", "7", "--json")
        assert ran.code == 0, ran.err
        found = ran.json
        assert (found["entity_id"], found["seen"], found["firing"]) == ("7", 1, 1)
        assert (found["incidents"], found["incidents_open"], found["repeats"]) == (1, 1, 0)
        assert [one["what"] for one in found["history"]] == [
            "appeared", "opened", "taken", "commented", "muted"
        ]  # fmt: skip
        assert {one["number"] for one in found["history"] if one["kind"] != "mute"} == {1}
        assert found["history"][3]["text"] == "The lorry broke down."
        only = run("entities", "history", "7", "--limit", "1", "--json").json
        assert [one["what"] for one in only["history"]] == ["muted"]

    def test_table(self, run: Run) -> None:
        run("incidents", "comment", "2", NASTY)
        out = run("entities", "history", "8", "--limit", "2").out
        assert "seen       1 time: mon_late_orders 1" in out
        assert "\x1b" not in out
        assert "mo.bauer" in out
        assert "The newest 2; --limit shows more." in out

    def test_of_one_monitor(self, run: Run) -> None:
        args = ("entities", "history", "9", "--monitor")
        assert run(*args, "mon_bad_reviews", "--json").json["seen"] == 1
        ran = run(*args, "mon_late_orders")
        assert (ran.code, ran.out) == (1, "")
        assert "Nothing of mon_late_orders ever named an entity '9'." in ran.err


@pytest.mark.parametrize("name", ["", "7 ", "x' or 1=1", "\N{FIREWORKS}"])
def test_what_nobody_ever_named(run: Run, name: str) -> None:
    ran = run("entities", "history", name)
    assert (ran.code, ran.out) == (1, "")
    assert "ever named an entity" in ran.err


def test_nothing_is_held_back(run: Run) -> None:
    assert run("suppressed", "list", "--json").json == []
    assert run("suppressed", "list").out == "Nothing is held back.\n"
