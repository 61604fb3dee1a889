"""Opening incidents up and taking that back, from the command line."""

from __future__ import annotations

import pytest

from tests.integration.cli_project import Run


@pytest.fixture(autouse=True)
def merged(run: Run) -> None:
    """Let incident 1 hold the events of three."""
    for number in ("2", "3"):
        assert run("incidents", "merge", number, "1").code == 0


def test_whole_and_back(run: Run) -> None:
    ran = run("incidents", "split", "1", "--all", "--json")
    assert ran.code == 0, ran.err
    opened = ran.json
    assert (opened["status"], opened["events_firing"]) == ("resolved", 0)
    assert opened["opened"] == [4, 5, 6]
    titles = [run("incidents", "show", str(number), "--json").json["title"] for number in (4, 5)]
    assert titles == ["mon_late_orders: 8", "mon_late_orders: 7"]
    undone = run("incidents", "undo", opened["batches"][0])
    assert undone.out == "#1 undone: new again\n"
    events = run("incidents", "show", "1", "--json").json["events"]
    assert [event["group_key"] for event in events] == ['["9"]', '["7"]', '["8"]']


def test_in_part(run: Run) -> None:
    ran = run("incidents", "split", "1", "--worst", "1")
    assert ran.out.splitlines()[:2] == [
        "#1 opened up into 1 incident: #4",
        "2 of its events fire on in it",
    ]
    assert run("incidents", "split", "1", "--key", "9", "--json").json["opened"] == [5]
    last = run("incidents", "split", "1", "--entity", "7")
    assert "nothing fires in it any more: it is resolved" in last.out


def test_into_one_of_a_title(run: Run) -> None:
    ran = run(
        "incidents", "split", "1", "--event", "mon_late_orders/7", "--event",
        "mon_late_orders/8", "--title", "Two orders", "--json",
    )  # fmt: skip
    assert (ran.json["title"], ran.json["event_count"]) == ("Two orders", 2)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ([], 2, "Say what leaves"),
        (["--all", "--worst", "2"], 2, "Say what leaves"),
        (["--event", "x"], 2, "--event and --title go together"),
        (["--all", "--title", "x"], 2, "--event and --title go together"),
        (["--key", "x"], 1, "Incident 1 has no key 'x'. `opsloop incidents show` names"),
        (["--worst", "0"], 1, "0 keys cannot be taken out"),
    ],
)
def test_what_is_refused(run: Run, args: list[str], code: int, said: str) -> None:
    ran = run("incidents", "split", "1", *args)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
