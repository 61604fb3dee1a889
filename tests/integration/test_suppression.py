"""Mutes, maintenance and inhibitions in sync: what they hold back, and what their end means."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig

from opsloop.config import Config
from opsloop.config.inhibition import InhibitionSettings
from opsloop.config.maintenance import WindowSettings
from opsloop.errors import Refused
from opsloop.service.muting import mutes_of
from opsloop.service.sync import apply as sync_apply
from opsloop.store import Store, held, schema, sync_state
from opsloop.store.columns import UtcDateTime
from opsloop.store.engine import Engines
from opsloop.types import Disposition, Event, State
from tests.integration.cli_project import Run
from tests.integration.event_tables import (
    ADA,
    BO,
    DuckDBFile,
    Firing,
    PostgresDatabase,
    World,
    event_id_of,
    hour,
    late_orders,
)

Anywhere = DuckDBFile | PostgresDatabase
FEED, LATE = "mon_a_feed", "mon_late_orders"


@pytest.fixture
def world(store: Store, warehouse: Anywhere) -> World:
    return World(store, warehouse)


def with_settings(world: World, **settings: list[dict[str, Any]]) -> World:
    """Give the world maintenance windows and inhibitions, as opsloop.yml says them."""
    windows = [WindowSettings.model_validate(one) for one in settings.get("maintenance", ())]
    rules = [InhibitionSettings.model_validate(one) for one in settings.get("inhibitions", ())]
    changed = {"maintenance": tuple(windows), "inhibitions": tuple(rules)}
    present = {name: getattr(world.config, name) for name in Config.model_fields}
    world.config = Config(**{**present, **changed})
    return world


def window(first: float, last: float, **more: Any) -> dict[str, Any]:
    return {"name": "move", "from": str(hour(first)), "to": str(hour(last)), **more}


def held_by(world: World, entity: str, monitor: str = LATE) -> list[tuple[str, str]]:
    """Return what has held back an event that fires and opened nothing."""
    with world.store.engines.read() as connection:
        found = {one.event_id: one for one in held.held_of(connection, monitor)}
    event = found.get(event_id_of(monitor, entity))
    return sorted((str(hold.disposition), hold.by) for hold in event.holds) if event else []


def opened(world: World) -> list[str | None]:
    return [one.entity_id for one in world.incidents()]


def forget_cursor(world: World, monitor: str = LATE) -> None:
    """Let the next sync read everything again, as after a kill before the cursor was written."""
    with world.store.engines.write() as connection:
        cursor = sync_state.read_cursors(connection)[monitor]
        sync_state.write_cursor(
            connection, sync_state.Cursor(monitor, cursor.generation, 1, 0, hour(0))
        )


# ---- mutes


class TestMutes:
    def test_by_evidence_value(self, world: World) -> None:
        world.clock = hour(8)
        world.service.mute(
            ADA, evidence={"region": "north", "note": None}, until=hour(20), reason="storm"
        )
        firing = {
            "A": Firing(region="north"),
            "B": Firing(region="south"),
            "C": Firing(region="north", note="x"),
        }
        world.run(9, firing)
        world.sync(9.1)
        assert sorted(str(one) for one in opened(world)) == ["B", "C"]
        assert world.event("A").disposition is Disposition.MUTED
        firing["A"] = Firing(region="south")  # it is no longer what was muted
        world.run(10, firing)
        world.sync(10.1)
        assert sorted(str(one) for one in opened(world)) == ["A", "B", "C"]

    def test_by_a_pattern_of_entities(self, world: World) -> None:
        world.clock = hour(8)
        world.service.mute(ADA, entity_id="JFK-*", until=hour(20), reason="snow")
        world.run(9, ["JFK-1", "JFK-2", "LGA-1"])
        world.sync(9.1)
        assert opened(world) == ["LGA-1"]

    @pytest.mark.parametrize("scope", [{}, {"entity_id": "*"}, {"evidence": {}}])
    def test_a_mute_of_everything_is_refused(self, world: World, scope: dict[str, Any]) -> None:
        with pytest.raises(Refused, match="A mute of everything is refused"):
            world.service.mute(ADA, **scope, until=hour(20), reason="x")

    def test_each_shows_what_it_holds_back_now_and_held_back_in_all(self, world: World) -> None:
        def shown() -> list[tuple[int, int, int]]:
            found = mutes_of(world.store, world.clock, with_ended=True)
            return sorted((one.mute.mute_id, one.held_back, one.held_back_in_all) for one in found)

        world.clock = hour(8)
        world.service.mute(ADA, monitor_id=LATE, until=hour(20), reason="x")
        world.run(9, ["A", "B"])
        world.sync(9.1)
        assert shown() == [(1, 2, 2)]
        world.run(10, ["B"])  # A cleared
        world.sync(10.1)
        assert shown() == [(1, 1, 2)]
        world.service.mute(ADA, entity_id="B", until=hour(30), reason="y")
        world.service.unmute(1, BO)
        world.run(11, ["B", "C"])
        world.sync(11.1)
        assert (opened(world), shown()) == (["C"], [(1, 0, 2), (2, 1, 1)])
        forget_cursor(world)
        world.sync(11.2)  # reading again is harmless
        assert (opened(world), shown()) == (["C"], [(1, 0, 2), (2, 1, 1)])

    def test_ended_early_while_sync_was_not_run(self, world: World) -> None:
        """Resolved at 8, it may regress until 10; muted, it was to be silent until 20."""
        world.redefine(late_orders(reopen_within=timedelta(hours=2)))
        world.run(7, ["A"])
        world.sync(7.1)
        world.clock = hour(8)
        world.service.resolve(1, ADA, code="fixed")
        world.run(8.1, [])
        world.sync(8.2)
        mute_id = world.service.mute(ADA, entity_id="A", until=hour(20), reason="x")
        world.run(9, ["A"])
        world.sync(9.1)
        world.clock = hour(9.5)
        world.service.unmute(mute_id, BO)
        world.run(19, ["A"])
        world.sync(19.1)
        assert world.actions(1)[-2:] == [("reopened", "15"), ("attached", "15")]


# ---- maintenance


class TestMaintenance:
    def test_events_are_recorded_and_open_at_its_end(self, world: World) -> None:
        with_settings(world, maintenance=[window(8.5, 11)])
        world.run(9, ["A", "B"])
        world.sync(9.1)
        assert opened(world) == []
        assert world.event("A").disposition is Disposition.MAINTENANCE
        assert held_by(world, "A") == [("maintenance", "move")]
        world.run(10, ["A"])
        world.sync(10.1)
        assert opened(world) == []
        world.run(12, ["A"])
        world.sync(12.1)
        assert opened(world) == ["A"]
        assert world.actions(1) == [("opened", "16")]
        assert world.event("B").disposition is Disposition.MAINTENANCE

    def test_only_its_monitors_and_entities(self, world: World) -> None:
        with_settings(
            world, maintenance=[window(8, 11, monitors=["mon_late_*"], entities=["A", "B-*"])]
        )
        world.add(late_orders(id="mon_others"))
        world.run(9, ["A", "B-1", "C"])
        world.run(9, ["A"], monitor="mon_others")
        world.sync(9.1)
        assert sorted(str(one.entity_id) for one in world.incidents()) == ["A", "C"]
        assert world.event("A").disposition is Disposition.MAINTENANCE

    def test_what_still_fires_begins_at_the_windows_end(self, world: World) -> None:
        """Resolved at 8, it may regress until 10: the window ended at 9.8, sync came at 19."""
        world.redefine(late_orders(reopen_within=timedelta(hours=2)))
        world.run(7, ["A"])
        world.sync(7.1)
        world.clock = hour(8)
        world.service.resolve(1, ADA, code="fixed")
        world.run(8.1, [])
        world.sync(8.2)
        with_settings(world, maintenance=[window(8.5, 9.8)])
        world.run(9, ["A"])
        world.run(19, ["A"])
        world.sync(19.1)  # both runs at once
        assert world.actions(1)[-2:] == [("reopened", "15"), ("attached", "15")]

    def test_a_weekly_window(self, world: World) -> None:
        weekly = {"name": "mondays", "days": "mon", "hours": "02:00-04:00", "time_zone": "UTC"}
        with_settings(world, maintenance=[weekly])
        world.run(3, ["A"])
        world.sync(3.1)
        assert opened(world) == []
        world.run(4, ["A", "B"])
        world.sync(4.1)
        assert sorted(str(one) for one in opened(world)) == ["A", "B"]

    def test_one_follows_on_a_mute_while_sync_was_not_run(self, world: World) -> None:
        world.redefine(late_orders(reopen_within=timedelta(hours=2)))
        world.run(7, ["A"])
        world.sync(7.1)
        world.clock = hour(8)
        world.service.resolve(1, ADA, code="fixed")
        world.run(8.1, [])
        world.sync(8.2)
        world.service.mute(ADA, entity_id="A", until=hour(9.5), reason="x")
        with_settings(world, maintenance=[window(9.4, 12)])
        world.run(9, ["A"])
        world.sync(9.1)
        world.run(19, ["A"])
        world.sync(19.1)
        assert [one.state for one in world.incidents()] == [State.RESOLVED, State.NEW]
        assert held_by(world, "A") == []

    def test_a_window_that_is_taken_out_of_the_settings_has_ended(self, world: World) -> None:
        with_settings(world, maintenance=[window(8.5, 20)])
        world.run(9, ["A"])
        world.sync(9.1)
        with_settings(world)
        assert world.sync(9.2).counts == {"opened": 1}
        assert world.sync(9.3).counts == {}

    def test_a_weekly_window_that_came_again_while_sync_was_not_run(self, world: World) -> None:
        """The end that is remembered is the second Monday's."""
        week = 7 * 24
        weekly = {"name": "mondays", "days": "mon", "hours": "02:00-04:00", "time_zone": "UTC"}
        with_settings(world, maintenance=[weekly])
        world.run(3, ["A"])
        world.sync(3.1)
        world.run(week + 3, ["A"])
        world.sync(week + 3.1)
        assert opened(world) == []
        with world.store.engines.read() as connection:
            [event] = held.held_of(connection, LATE)
        assert [hold.until for hold in event.holds] == [hour(week + 4)]
        world.run(week + 5, ["A"])
        world.sync(week + 5.1)
        assert opened(world) == ["A"]


# ---- inhibitions


def inhibition(**more: Any) -> dict[str, Any]:
    return {"name": "feed", "source": FEED, "target": ["mon_late_*"], "same": "entity", **more}


@pytest.fixture
def feeds(store: Store, warehouse: Anywhere) -> World:
    """The target comes first in the project; the source silences it by entity."""
    world = World(store, warehouse, late_orders(), late_orders(id=FEED))
    return with_settings(world, inhibitions=[inhibition()])


class TestInhibitions:
    def target(self, world: World, episode: int = 1) -> Event:
        return world.event("A", episode, monitor=LATE)

    def test_an_open_incident_silences_the_same_entity_of_the_target(self, feeds: World) -> None:
        feeds.run(9, ["A"], monitor=FEED)
        feeds.run(9, ["A", "B"])
        feeds.sync(9.1)  # in one sync: the source comes first
        assert [(one.monitor_id, one.entity_id) for one in feeds.incidents()] == [
            (FEED, "A"),
            (LATE, "B"),
        ]
        assert self.target(feeds).disposition is Disposition.INHIBITED
        assert held_by(feeds, "A") == [("inhibited", "1")]
        forget_cursor(feeds)
        feeds.sync(9.2)
        assert (len(feeds.incidents()), held_by(feeds, "A")) == (2, [("inhibited", "1")])

    def test_what_is_open_already_stays_open(self, feeds: World) -> None:
        feeds.run(9, ["A"])
        feeds.sync(9.1)
        feeds.run(10, ["A"], monitor=FEED)
        feeds.run(10, {"A": 5})
        feeds.sync(10.1)
        assert [one.state for one in feeds.incidents()] == [State.NEW, State.NEW]

    def test_it_opens_as_new_when_the_source_ends(self, feeds: World) -> None:
        feeds.run(9, ["A"], monitor=FEED)
        feeds.run(9, ["A"])
        feeds.sync(9.1)
        feeds.service.snooze(1, ADA, until=hour(30), reason="later")
        feeds.run(10, ["A"], monitor=FEED)
        feeds.run(10, ["A"])
        assert feeds.sync(10.1).counts == {}  # it sleeps, and is open
        feeds.service.resolve(1, ADA, code="false_alarm")
        feeds.run(11, ["A"], monitor=FEED)
        feeds.run(11, ["A"])
        feeds.sync(11.1)
        assert [(one.monitor_id, one.state) for one in feeds.incidents()] == [
            (FEED, State.RESOLVED),
            (LATE, State.NEW),
        ]
        assert feeds.actions(2) == [("opened", "16")]
        assert self.target(feeds).disposition is Disposition.ATTACHED

    def test_a_source_that_clears_by_itself_silences_no_more(self, feeds: World) -> None:
        feeds.run(9, ["A"], monitor=FEED)
        feeds.run(9, ["A"])
        feeds.sync(9.1)
        feeds.run(10, [], monitor=FEED)
        feeds.run(10, ["A"])
        feeds.sync(10.1)
        assert [one.state for one in feeds.incidents()] == [State.RESOLVED, State.NEW]

    def test_s_is_the_moment_at_which_the_source_ended(self, feeds: World) -> None:
        """Resolved at 8, the target may regress until 10; the source ended at 9.5, unseen."""
        feeds.redefine(late_orders(reopen_within=timedelta(hours=2)))
        feeds.run(7, ["A"])
        feeds.sync(7.1)
        feeds.clock = hour(8)
        feeds.service.resolve(1, ADA, code="fixed")
        feeds.run(8.1, [])
        feeds.run(8.2, ["A"], monitor=FEED)
        feeds.sync(8.3)
        feeds.run(9, ["A"])
        feeds.sync(9.1)
        assert len(feeds.incidents()) == 2
        assert self.target(feeds, 2).disposition is Disposition.INHIBITED
        feeds.clock = hour(9.5)
        feeds.service.resolve(2, ADA, code="fixed")
        feeds.run(19, ["A"])
        feeds.run(19, [], monitor=FEED)
        feeds.sync(19.1)
        assert feeds.actions(1)[-2:] == [("reopened", "15"), ("attached", "15")]

    def test_by_group(self, store: Store, warehouse: Anywhere) -> None:
        by_region = {"group_by": ("region",)}
        world = World(store, warehouse, late_orders(**by_region), late_orders(id=FEED, **by_region))
        with_settings(world, inhibitions=[inhibition(same="group")])
        north, south = Firing(region="north"), Firing(region="south")
        world.run(9, {"F": north}, monitor=FEED)
        world.run(9, {"A": north, "B": south})
        world.sync(9.1)
        assert world.event("A", monitor=LATE).disposition is Disposition.INHIBITED
        assert world.event("B", monitor=LATE).disposition is Disposition.ATTACHED

    def test_the_inhibited_silence_nobody(self, feeds: World) -> None:
        feeds.add(late_orders(id="mon_third"))
        chain = inhibition(name="next", source=LATE, target=["mon_third"])
        with_settings(feeds, inhibitions=[inhibition(), chain])
        for monitor in (FEED, LATE, "mon_third"):
            feeds.run(9, ["A"], monitor=monitor)
        feeds.sync(9.1)
        assert [one.monitor_id for one in feeds.incidents()] == [FEED, "mon_third"]

    def test_came_and_went_under_a_source_is_recorded(self, feeds: World) -> None:
        feeds.run(9, ["A"], monitor=FEED)
        feeds.run(9, ["A"])
        feeds.run(10, [])
        feeds.sync(10.1)
        assert len(feeds.incidents()) == 1
        event = self.target(feeds)
        assert (event.disposition, event.firing) == (Disposition.INHIBITED, False)

    def test_no_statement_reads_all_of_a_sources_events(self, feeds: World) -> None:
        feeds.run(9, ["A"], monitor=FEED)
        feeds.run(9, ["A"])
        feeds.sync(9.1)
        if not feeds.store.engines.is_sqlite:
            return  # only SQLite says so in words
        said: list[tuple[str, Any]] = []
        reader = feeds.store.engines.reader

        def listen(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
            said.append((statement, values))

        sa.event.listen(reader, "before_cursor_execute", listen)
        with feeds.store.engines.read() as connection:
            assert list(held.inhibitors_of(connection, LATE, feeds.config.inhibition_rules))
            held.held_of(connection, LATE)
        sa.event.remove(reader, "before_cursor_execute", listen)
        with reader.connect() as connection:
            plans = [
                str(row[3])
                for sql, values in said
                if sql.startswith("SELECT")
                for row in connection.exec_driver_sql(f"explain query plan {sql}", values)
            ]
        reads = [plan for plan in plans if " events " in plan]
        assert len(reads) == 2
        assert "ix_events_incident_id (incident_id=?)" in reads[0]
        assert "ix_events_suppressed (monitor_id=?)" in reads[1]


# ---- kills


def test_killed_between_record_and_cursor_nothing_is_doubled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    def die(*_: Any) -> None:
        raise Killed

    with_settings(world, maintenance=[window(8.5, 11)])
    world.clock = hour(8)
    world.service.mute(ADA, entity_id="A", until=hour(10.5), reason="x")
    world.run(9, ["A", "B"])
    with monkeypatch.context() as patched:
        patched.setattr(sync_apply.held, "keep", die)
        with pytest.raises(Killed):
            world.sync_unverified(9.1)
    assert held_by(world, "A") == []
    world.sync(9.2)
    forget_cursor(world)
    world.sync(9.3)
    assert held_by(world, "A") == [("maintenance", "move"), ("muted", "1")]
    assert opened(world) == []
    world.run(11, ["A", "B"])
    with monkeypatch.context() as patched:
        patched.setattr(sync_apply.held, "keep", die)
        with pytest.raises(Killed):
            world.sync_unverified(11.1)
    world.sync(11.2)
    assert sorted(str(one) for one in opened(world)) == ["A", "B"]
    assert world.sync(11.3).counts == {}


# ---- the command line


class TestCommands:
    def test_a_mute_by_evidence_from_beginning_to_list(self, run: Run) -> None:
        where = ["--where", "carrier=UA", "--where", "seats=200", "--where", "code='200'"]
        where += ["--where", "gate=null", "--where", "is_late=true"]
        made = run("mutes", "add", *where, "--hours", "2", "--reason", "storm", "--json")
        assert made.code == 0
        [mute] = run("mutes", "list", "--json").json
        assert mute["evidence"] == {
            "carrier": "UA",
            "seats": 200,
            "code": "200",
            "gate": None,
            "is_late": True,
        }
        assert (mute["held_back"], mute["held_back_in_all"]) == (0, 0)
        assert "in all" in run("mutes", "list").out

    @pytest.mark.parametrize("where", [["carrier"], ["=UA"], ["carrier=UA", "carrier=AA"]])
    def test_what_is_no_value_of_a_column_is_refused(self, run: Run, where: list[str]) -> None:
        given = [part for one in where for part in ("--where", one)]
        found = run("mutes", "add", *given, "--hours", "2", "--reason", "x")
        assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)


# ---- stores from before


def test_an_upgraded_store_knows_which_mute_holds_what(store_url: str) -> None:
    engines = Engines(store_url)
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(schema._MIGRATIONS))
    with engines.write() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
        for person, entity, last in (("ada", "A", 11), ("bo", "B", 11), ("cy", "A", 8)):
            connection.execute(
                sa.text(
                    """insert into mutes (monitor_id, entity_id, starts_at, ends_at, reason,
                    created_by, created_at) values (null, :entity, :first, :last, 'x', :person,
                    :first)"""
                ).bindparams(
                    sa.bindparam("first", type_=UtcDateTime),
                    sa.bindparam("last", type_=UtcDateTime),
                ),
                {"entity": entity, "first": hour(7), "last": hour(last), "person": person},
            )
        connection.execute(
            sa.text(
                """insert into events (event_id, monitor_id, entity_id, group_key, disposition,
                firing, occurred_at, started_at, is_lost) values ('e', 'mon_late_orders', 'A',
                '["A"]', 'muted', true, :at, :at, false)"""
            ).bindparams(sa.bindparam("at", type_=UtcDateTime)),
            {"at": hour(9)},
        )
    engines.dispose()
    Store.upgrade(store_url)
    with Store.open(store_url) as store:
        with store.engines.read() as connection:
            [event] = held.held_of(connection, LATE)
            assert held.ends_of(connection, [event]) == {"e": hour(11)}
        found = mutes_of(store, hour(10), with_ended=True)
        assert {one.mute.created_by: one.held_back_in_all for one in found} == {
            "ada": 1,
            "bo": 0,
            "cy": 0,
        }
