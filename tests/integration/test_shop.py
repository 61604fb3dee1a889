"""Another domain in a copy of the project without the demo: the whole loop, run for real.

The tests of a class share what its runs left and look at it from different sides.
"""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.integration.shop import DEMO_FOLDERS, SOURCES, Shop, by_monitor


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    made = Shop.create(tmp_path_factory.mktemp("shop"))
    made.query(SOURCES)
    return made


@pytest.fixture(scope="module")
def first(shop: Shop) -> dict[str, Any]:
    """Run the chain once."""
    report: dict[str, Any] = shop.json("run")
    return report


@pytest.fixture(scope="module")
def second(shop: Shop, first: dict[str, Any]) -> dict[str, Any]:
    """Take one incident; send two orders, be late with another, get a review; run again.

    The rule of the reviews changed by a word that changes nothing it finds.
    """
    taken = next(one for one in shop.json("incidents", "list") if one["entity_id"] == "2")
    shop.json("incidents", "take", str(taken["number"]), "--as", "mo.bauer")
    shop.query("update raw_shop.orders set sent_at = ordered_at where order_id in (1, 2)")
    shop.query("insert into raw_shop.orders values (5, timestamp '2026-01-05', null, 10, 'FR')")
    shop.query("insert into raw_shop.reviews values (102, 8, timestamp '2026-01-05', 1, 'again')")
    rule = "monitors/shop/mon_bad_reviews.sql"
    shop.write(rule, (shop.folder / rule).read_text(encoding="utf-8") + "-- seen\n")
    report: dict[str, Any] = shop.json("run")
    return report


class TestTheLoop:
    def test_nothing_of_the_demo_is_left(self, shop: Shop) -> None:
        assert not [folder for folder in DEMO_FOLDERS if (shop.folder / folder).exists()]
        assert "demo" not in shop.opsloop("--help").stdout
        assert shop.opsloop("demo").returncode == 2

    def test_the_first_run(self, shop: Shop, first: dict[str, Any]) -> None:
        assert (first["ok"], first["monitors"], first["troubles"]) == (True, 2, [])
        assert first["sync"]["counts"] == {"opened": 3}
        assert first["published"]["seq"] == 3

    def test_incidents_open_and_resolve(self, shop: Shop, second: dict[str, Any]) -> None:
        assert by_monitor(shop.json("incidents", "list")) == {
            "mon_late_orders": [
                "Order 2 to DE is late",  # somebody works on it: flagged, not closed
                "Order 5 to FR is late",
            ],
            "mon_bad_reviews": ["Customer 8 gave 1 stars: broken <b>mug</b> [red]x[/red] 👎"],
        }
        [reviews] = shop.json("incidents", "list", "--team", "care")
        assert reviews["event_count"] == 2  # the second joined: the same customer
        [done] = shop.json("incidents", "list", "--status", "done")
        assert done["title"] == "Order 1 to NO is late"
        assert (done["status"], done["resolution_code"]) == ("resolved", "cleared_by_itself")

    def test_a_change_of_a_rule_registers_itself(self, shop: Shop, second: dict[str, Any]) -> None:
        assert second["reviewed"] == {"rule_changes": 1, "verdicts": 0}
        [change] = shop.json("improvements", "changes")
        assert (change["monitor"], change["aspect"]) == ("mon_bad_reviews", "rule")
        assert change["verdict"] == "not yet known"

    def test_an_incident_whole(self, shop: Shop, second: dict[str, Any]) -> None:
        [number] = [
            one["number"] for one in shop.json("incidents", "list", "--assignee", "mo.bauer")
        ]
        incident = shop.json("incidents", "show", str(number))
        [event] = incident["events"]
        assert event["evidence"] == {"country": "DE"}
        assert event["cleared_at"] == incident["all_clear_at"]
        actions = [row["action"] for row in incident["log"]]
        assert actions == ["opened", "taken", "cleared", "all_clear"]
        assert (incident["team"], incident["priority"], incident["impact"]) == (
            "shipping",
            "P2",
            90,
        )

    def test_the_store_verifies(self, shop: Shop, second: dict[str, Any]) -> None:
        assert shop.json("store", "verify")["ok"]

    def test_each_step_by_itself(self, shop: Shop, second: dict[str, Any]) -> None:
        synced = shop.json("sync")
        assert (synced["events"], synced["counts"]) == (0, {})
        published = shop.json("publish", "--no-build")
        assert published["seq"] == second["published"]["seq"]
        assert len(list((shop.folder / "var/serving").glob("*.duckdb"))) <= 3

    def test_the_figures(self, shop: Shop, second: dict[str, Any]) -> None:
        retro = shop.json("retro", "--by", "total")
        [figures] = retro["figures"]
        assert retro["changes_since"] == 0
        assert (figures["incidents"], figures["open"], figures["self_resolved"]) == (4, 3, 1)

    def test_the_doctor_has_nothing_to_say(self, shop: Shop, second: dict[str, Any]) -> None:
        report = shop.json("doctor")
        assert report["ok"], report
        assert {finding["status"] for finding in report["findings"]} == {"ok"}

    def test_the_monitors_are_sound(self, shop: Shop, second: dict[str, Any]) -> None:
        assert shop.json("monitors", "check") == []
        assert [one["open_incidents"] for one in shop.json("monitors", "list")] == [1, 2]


SOUND = """\
select order_id as entity_id, ordered_at as occurred_at, country
from {{ ref('stg_shop__orders') }}
"""
HIDDEN = "select * from {{ ref('stg_shop__orders') }}\n"  # its text does not tell its columns


def bad_monitor(name: str, **keys: str) -> str:
    """Return YAML of a monitor with some keys other than they should be."""
    given = {
        "kind": "state",
        "entity": "order",
        "owner": "shipping",
        "severity": "low",
        "title": '"Order {entity_id}"',
    } | keys
    lines = "\n".join(f"          {key}: {value}" for key, value in given.items())
    return (
        f"\n  - name: {name}\n    description: One row per order.\n    config:\n"
        f"      materialized: monitor\n      meta:\n        monitor:\n{lines}\n"
    )


BAD = {
    "mon_no_owner": (bad_monitor("mon_no_owner", owner="shiping"), SOUND),
    "mon_no_severity": (bad_monitor("mon_no_severity", severity="huge"), SOUND),
    "mon_no_column": (bad_monitor("mon_no_column", title='"{contry}"'), SOUND),
    "mon_no_entity": (bad_monitor("mon_no_entity"), SOUND.replace("entity_id", "id")),
    "mon_hidden_title": (
        bad_monitor("mon_hidden_title", title='"{contry}"'),
        HIDDEN.replace("*", "*, order_id as entity_id, ordered_at as occurred_at"),
    ),
    "mon_hidden_entity": (bad_monitor("mon_hidden_entity"), HIDDEN),
}
LEFT_OUT = {"mon_no_owner", "mon_no_severity", "mon_no_column", "mon_no_entity"}
FAILED = {"mon_hidden_title", "mon_hidden_entity", "mon_late_orders"}


@pytest.fixture(scope="module")
def third(shop: Shop, second: dict[str, Any]) -> CompletedProcess[str]:
    """Add every kind of bad definition, let one monitor's SQL fail, and run again."""
    yaml = (shop.folder / "monitors/shop/_shop__monitors.yml").read_text(encoding="utf-8")
    shop.write(
        "monitors/shop/_shop__monitors.yml", yaml + "".join(text for text, _ in BAD.values())
    )
    for name, (_, sql) in BAD.items():
        shop.write(f"monitors/shop/{name}.sql", sql)
    shop.edit("monitors/shop/mon_late_orders.sql", "amount as", "cast(country as integer) as")
    shop.query("insert into raw_shop.reviews values (103, 9, timestamp '2026-01-06', 1, 'bad')")
    return shop.opsloop("run", "--json")


class TestBadInput:
    def test_the_run_fails_and_names_every_monitor(self, third: CompletedProcess[str]) -> None:
        report = json.loads(third.stdout)
        assert (third.returncode, report["ok"]) == (1, False)
        troubles = {one["monitor_id"]: one["status"] for one in report["troubles"]}
        assert troubles == dict.fromkeys(LEFT_OUT, "broken") | dict.fromkeys(FAILED, "error")
        for name in LEFT_OUT | FAILED:
            assert f"opsloop: {name} " in third.stderr

    def test_the_others_go_on(self, shop: Shop, third: CompletedProcess[str]) -> None:
        titles = by_monitor(shop.json("incidents", "list"))["mon_bad_reviews"]
        assert "Customer 9 gave 1 stars: bad" in titles
        assert json.loads(third.stdout)["published"] is not None

    def test_nothing_of_the_failed_one_clears(
        self, shop: Shop, third: CompletedProcess[str]
    ) -> None:
        late = shop.json("incidents", "list", "--monitor", "mon_late_orders")
        assert sorted(one["entity_id"] for one in late) == ["2", "5"]
        assert [one["events_firing"] for one in late if one["entity_id"] == "5"] == [1]

    def test_the_maintainers_get_an_incident(
        self, shop: Shop, third: CompletedProcess[str]
    ) -> None:
        mine = shop.json("incidents", "list", "--team", "maintainers")
        assert {one["entity_id"] for one in mine} == FAILED

    def test_check_names_file_line_key_and_remedy(
        self, shop: Shop, third: CompletedProcess[str]
    ) -> None:
        faults = {one["monitor"]: one for one in shop.json("monitors", "check", expect=1)}
        assert set(faults) == LEFT_OUT
        yaml = (shop.folder / "monitors/shop/_shop__monitors.yml").read_text(encoding="utf-8")
        for name, key, words in (
            ("mon_no_owner", "owner", "Did you mean 'shipping'?"),
            ("mon_no_severity", "severity", "is not one of critical, high, medium or low"),
            ("mon_no_column", "title", "Did you mean 'country'?"),
        ):
            fault = faults[name]
            assert (fault["file"], fault["key"]) == ("monitors/shop/_shop__monitors.yml", key)
            assert yaml.splitlines()[fault["line"] - 1].strip().startswith(f"{key}:")
            assert words in fault["what"]
        assert faults["mon_no_entity"]["file"] == "monitors/shop/mon_no_entity.sql"
        assert faults["mon_no_entity"]["what"].startswith("The SELECT has no column entity_id.")

    def test_the_doctor_says_all_of_it(self, shop: Shop, third: CompletedProcess[str]) -> None:
        wrong = [
            f"{finding['what']} {finding['remedy']}"
            for finding in shop.json("doctor", expect=1)["findings"]
            if finding["status"] == "wrong"
        ]
        assert len([text for text in wrong if "_shop__monitors.yml" in text]) >= 3
        for name in FAILED:
            assert any(name in text for text in wrong), name


def test_a_locked_warehouse_names_its_holder(shop: Shop, first: dict[str, Any]) -> None:
    import duckdb

    with duckdb.connect(str(shop.warehouse)):
        report = shop.json("doctor", expect=1)
    [finding] = [one for one in report["findings"] if one["check"] == "warehouse"]
    assert "is held by" in finding["what"]
    assert "process" in finding["what"]


def test_a_project_without_a_shop_yet(tmp_path: Path) -> None:
    done = Shop(tmp_path).opsloop("incidents", "list")
    assert done.returncode == 1
    assert done.stderr.startswith("opsloop: There is no opsloop project in ")
    assert done.stderr.count("\n") == 1
