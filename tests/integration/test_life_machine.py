"""People, syncs, settings, restarts and a clock that jumps, at random: what must hold after each.

The machine keeps a ledger of its own, read from the log alone, and asks it how the clocks stand.
Every moment of it is a quarter of an hour (and some milliseconds, which do not count), as are all
opening hours and targets; so a walk from quarter to quarter is exact.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from opsloop.clocks import Clock, state_of
from opsloop.config import Config
from opsloop.config.allowances import seconds_of
from opsloop.errors import (
    Forbidden,
    NotFound,
    OpsloopError,
    Refused,
    SomebodyWasFirst,
    UnknownPerson,
)
from opsloop.escalation import UNANSWERED_WAIT
from opsloop.lifecycle import CLASSES, DECIDED, PERSONS_CODES, WAITING_KINDS, Part
from opsloop.lifecycle.folding import field_of
from opsloop.service import Service
from opsloop.service.attending import attend
from opsloop.service.settings import apply_settings
from opsloop.store import Store, tables
from opsloop.store.clock_rows import clocks_by_incident
from opsloop.types import (
    HOLDING,
    OPEN_STATES,
    PRIORITIES,
    Action,
    Actor,
    ActorKind,
    ImpactBands,
    Incident,
    LogRow,
    State,
)
from tests.integration.event_tables import (
    ADA,
    MONDAY,
    DuckDBFile,
    Firing,
    World,
    hour,
    late_orders,
)
from tests.integration.life_reference import (
    PEOPLE,
    QUARTER,
    SETTINGS,
    WEEKS,
    Ledger,
    SlowClock,
    Story,
    is_open,
)

NOBODYS = 99  # an incident that there is not
NUMBERS = st.sampled_from([1, 1, 1, 2, 2, 3, 4, 5, NOBODYS])  # few, so that each lives much
ACTORS = st.sampled_from([Actor(ActorKind.PERSON, person, "cli") for person in PEOPLE])
SEEN = st.sampled_from([None, None, 0, 0, -1])  # did not look; how far behind what was seen is
HOURS_AHEAD = st.integers(-2, 60).map(lambda quarters: quarters * QUARTER)
FIRING = st.dictionaries(
    st.sampled_from("ABCDEF"),
    st.tuples(st.sampled_from([None, 1, 5, 20]), st.sampled_from([None, "low", "critical"])),
    max_size=5,
)
GROUPED = "mon_regions"

Act = Callable[[Service, int, int | None], Any]

KEYS_HELD_TWICE = (
    sa.select(tables.events.c.monitor_id, tables.events.c.group_key)
    .join(tables.incidents, tables.incidents.c.incident_id == tables.events.c.incident_id)
    .where(tables.incidents.c.state.in_(OPEN_STATES), tables.events.c.disposition.in_(HOLDING))
    .group_by(tables.events.c.monitor_id, tables.events.c.group_key)
    .having(sa.func.count(sa.distinct(tables.events.c.incident_id)) > 1)
)
STRANGER = Actor(ActorKind.PERSON, "zed.stranger", "cli")
SETTINGS_OF_STORE = ("calendar_intervals", "calendars", "policies", "config_versions")
COUNTS = sa.select(
    *(
        sa.select(sa.func.count()).select_from(table).scalar_subquery()
        for table in tables.metadata.sorted_tables
        if table.name not in (*SETTINGS_OF_STORE, "refusals")
    ),
    sa.select(sa.func.count()).select_from(tables.refusals).scalar_subquery(),
)


class Life(RuleBasedStateMachine):
    """One store and its people."""

    def __init__(self, open_world: Callable[[], World]) -> None:
        super().__init__()
        self.world = open_world()
        self.world.clock = MONDAY + timedelta(hours=9)
        self.ran_at = 0.0
        self.ledger = Ledger()
        self.settings_of: dict[tuple[str, int], Config] = {}
        self.verified: tuple[Any, ...] = ()  # what was in the tables when they last held together

    def teardown(self) -> None:
        self.world.store.close()

    @initialize(firing=FIRING, which=st.sampled_from(SETTINGS))
    def begin(self, firing: Any, which: Config) -> None:
        self.new_settings(which)
        self.fire(firing, "ok", GROUPED)
        self.fire({"A": (5, None), "B": (None, None), **firing}, "ok", "mon_late_orders")
        self.sync()

    # time, settings, restarts

    @rule(quarters=st.one_of(st.integers(1, 8), st.integers(1, 96), st.just(-9)))
    def jump(self, quarters: int) -> None:
        """The wall clock goes on, or is put back."""
        whole = self.world.clock.replace(microsecond=0)
        self.world.clock = max(MONDAY, whole + quarters * QUARTER)

    @rule(milliseconds=st.integers(1, 30))
    def tick(self, milliseconds: int) -> None:
        moved = self.world.clock + timedelta(milliseconds=milliseconds)
        if moved.second == self.world.clock.second:
            self.world.clock = moved

    @rule(which=st.sampled_from(SETTINGS))
    def new_settings(self, which: Config) -> None:
        self.world.config = which
        versions = apply_settings(self.world.store, which, self.world.clock)
        self.settings_of["policy", versions.policy_version] = which
        self.settings_of["calendar", versions.calendar_version] = which

    @rule()
    def restart(self) -> None:
        url = self.world.store.engines.url.render_as_string(hide_password=False)
        self.world.store.close()
        self.world.store = Store.open(url)

    # monitors

    @rule(
        firing=FIRING,
        status=st.sampled_from(["ok", "ok", "ok", "held"]),
        monitor=st.sampled_from(["mon_late_orders", "mon_late_orders", GROUPED]),
    )
    def fire(self, firing: Any, status: str, monitor: str) -> None:
        now = (self.world.clock.replace(microsecond=0) - MONDAY) / timedelta(hours=1)
        self.ran_at = max(self.ran_at, now)
        rows = {
            entity: Firing(impact, severity, region="NS"[entity in "AB"])
            for entity, (impact, severity) in firing.items()
        }
        reason = None if status == "ok" else "stale_data"
        self.world.run(self.ran_at, rows, monitor=monitor, status=status, reason=reason)

    @rule()
    def sync(self) -> None:
        self.world.sync_unverified((self.world.clock - MONDAY) / timedelta(hours=1))
        self._time_did_its_part()

    def _time_did_its_part(self) -> None:
        """Whatever is due by now was done, once and with its own moment."""
        store, now = self.world.store, self.world.clock
        self.ledger.read(store)
        assert not attend(store, self.world.config, now)
        for number, rows in self.ledger.rows.items():
            assert_asked_once(rows)
            incident = store.detail(number, events_limit=0).incident
            ends = wait_ends(incident, self.world.config)
            if ends and (incident.follow_up_at or now) <= now and ends <= now:
                asked = [row.effective_at for row in rows if is_of_wait(row, incident)]
                assert asked, (incident, ends)

    @rule(quarters=st.integers(1, 40))
    def time_passes(self, quarters: int) -> None:
        self.jump(quarters)
        self.sync()

    @rule(firing=FIRING)
    def fire_and_sync(self, firing: Any) -> None:
        self.fire(firing, "ok", "mon_late_orders")
        self.sync()

    # people

    def _act(self, number: int, seen: int | None, act: Act) -> None:
        """Let somebody act, some time later; who is refused has changed nothing."""
        self.ledger.read(self.world.store)
        self.world.clock += (self.ledger.seq % 4) * QUARTER
        if self.ledger.rows and number != NOBODYS:
            number = 1 + (number - 1) % len(self.ledger.rows)
        expect, present = None, None
        if number in self.ledger.rows:
            present = self.ledger.rows[number][-1].decision_version
            expect = None if seen is None else present + seen
        before, kept = self._contents()
        try:
            after = act(self.world.service, number, expect)
        except (Refused, NotFound) as refused:
            if isinstance(refused, SomebodyWasFirst):
                assert expect is not None
                assert expect != present
            if isinstance(refused, Forbidden):
                assert self.world.config.roles is not None
            self._is_kept(refused)
        else:
            assert expect in (None, present)
            if isinstance(after, Incident):
                assert self.world.store.detail(after.incident_id).incident == after
            assert self._contents()[1] == kept
            return
        assert self._contents() == (before, kept + 1)

    def _is_kept(self, refused: OpsloopError) -> None:
        [last] = self.world.service.refusals(limit=1)
        assert last.message == str(refused)

    def _contents(self) -> tuple[tuple[Any, ...], Any]:
        """Return how much is in each table that people's acts change, and how much was refused."""
        with self.world.store.engines.read() as connection:
            *counts, kept = connection.execute(COUNTS).one()
            return tuple(counts), kept

    @rule(number=NUMBERS, actor=ACTORS, seen=SEEN)
    def take(self, number: int, actor: Actor, seen: int | None) -> None:
        self._act(number, seen, lambda do, one, expect: do.take(one, actor, expect=expect))

    @rule(
        number=NUMBERS,
        actor=ACTORS,
        seen=SEEN,
        team=st.sampled_from([None, "shipping", "care", "nobody's"]),
        person=st.sampled_from([None, *PEOPLE]),
    )
    def assign(self, number: int, actor: Actor, seen: int | None, **to: Any) -> None:
        self._act(number, seen, lambda do, one, expect: do.assign(one, actor, expect=expect, **to))

    @rule(
        number=NUMBERS,
        actor=ACTORS,
        seen=SEEN,
        kind=st.sampled_from([*WAITING_KINDS, "weather"]),
        ahead=st.none() | HOURS_AHEAD,
        every_s=st.sampled_from([None, None, 900, 7200, 0]),
    )
    def wait(
        self, number: int, actor: Actor, seen: int | None, kind: str, ahead: Any, every_s: int
    ) -> None:
        until = None if ahead is None else self.world.clock + ahead
        given: dict[str, Any] = {"kind": kind, "on": "Acme", "reason": "a part"}
        given |= {"follow_up_at": until, "every_s": every_s}
        self._act(number, seen, lambda do, one, expect: do.wait(one, actor, expect=expect, **given))

    @rule(number=NUMBERS, actor=ACTORS, seen=SEEN, ahead=st.none() | HOURS_AHEAD)
    def follow_up(self, number: int, actor: Actor, seen: int | None, ahead: Any) -> None:
        next_at = None if ahead is None else self.world.clock + ahead
        self._act(
            number,
            seen,
            lambda do, one, expect: do.follow_up(one, actor, next_at=next_at, expect=expect),
        )

    @rule(number=NUMBERS, into=NUMBERS, actor=ACTORS, seen=SEEN)
    def merge(self, number: int, into: int, actor: Actor, seen: int | None) -> None:
        self._act(
            number, seen, lambda do, one, expect: do.merge(one, actor, into=into, expect=expect)
        )

    @rule(number=NUMBERS, actor=ACTORS, seen=SEEN, place=st.integers(0, 3))
    def split(self, number: int, actor: Actor, seen: int | None, place: int) -> None:
        """Take the events of one key out into an incident of their own."""

        def act(do: Service, one: int, expect: int | None) -> Incident:
            events = [view.event for view in self.world.store.events(one, 100)]
            key = events[place].group_key if place < len(events) else None
            chosen = [event.event_id for event in events if event.group_key == key]
            return do.split(one, actor, event_ids=chosen, title="Apart", expect=expect)

        self._act(number, seen, act)

    @rule(number=NUMBERS, actor=ACTORS, seen=SEEN, worst=st.sampled_from([None, 1, 2]))
    def open_up(self, number: int, actor: Actor, seen: int | None, worst: int | None) -> None:
        monitors = {monitor.id: monitor for monitor in self.world.monitors}

        def act(do: Service, one: int, expect: int | None) -> Incident:
            part = Part(worst=worst)
            return do.open_up(one, actor, part=part, monitors=monitors, expect=expect).source

        self._act(number, seen, act)

    @rule(number=NUMBERS)
    def a_stranger_comments(self, number: int) -> None:
        with pytest.raises(UnknownPerson):
            self.world.service.comment(number, STRANGER, "let me in")

    @rule(number=NUMBERS, actor=ACTORS, seen=SEEN)
    def resume(self, number: int, actor: Actor, seen: int | None) -> None:
        self._act(number, seen, lambda do, one, expect: do.resume(one, actor, expect=expect))

    @rule(
        number=NUMBERS,
        actor=ACTORS,
        seen=SEEN,
        ahead=st.none() | HOURS_AHEAD,
        more_events=st.sampled_from([None, None, 1, 2]),
        worse_by=st.sampled_from([None, None, 0.5]),
    )
    def snooze(self, number: int, actor: Actor, seen: int | None, ahead: Any, **ends: Any) -> None:
        ends["until"] = None if ahead is None else self.world.clock + ahead
        self._act(
            number, seen, lambda do, one, expect: do.snooze(one, actor, expect=expect, **ends)
        )

    @rule(number=NUMBERS, actor=ACTORS, seen=SEEN)
    def wake(self, number: int, actor: Actor, seen: int | None) -> None:
        self._act(number, seen, lambda do, one, expect: do.wake(one, actor, expect=expect))

    @rule(number=NUMBERS, actor=ACTORS, text=st.sampled_from(["hm", " "]))
    def comment(self, number: int, actor: Actor, text: str) -> None:
        self._act(number, None, lambda do, one, _: do.comment(one, actor, text))

    @rule(number=NUMBERS, actor=ACTORS)
    def update(self, number: int, actor: Actor) -> None:
        self._act(number, None, lambda do, one, _: do.update(one, actor, "we are on it"))

    @rule(
        number=NUMBERS,
        actor=ACTORS,
        seen=SEEN,
        to=st.sampled_from([("person", "cy.ruiz"), ("team", "care"), ("outside", "Acme")]),
    )
    def escalate(self, number: int, actor: Actor, seen: int | None, to: tuple[str, str]) -> None:
        asked = {"to_kind": to[0], "to_id": to[1], "text": "?"}
        self._act(
            number, seen, lambda do, one, expect: do.escalate(one, actor, expect=expect, **asked)
        )

    @rule(number=NUMBERS, actor=ACTORS, is_answer=st.booleans(), place=st.integers(0, 2))
    def nudge_or_answer(self, number: int, actor: Actor, is_answer: bool, place: int) -> None:
        def act(do: Service, one: int, _: int | None) -> Incident:
            exists = one in self.ledger.rows
            asked = self.world.store.detail(one).escalations if exists else ()
            chosen = asked[place].escalation_id if place < len(asked) else None
            say = do.answer if is_answer else do.nudge
            return say(one, actor, text="!", escalation_id=chosen)

        self._act(number, None, act)

    @rule(number=NUMBERS, actor=ACTORS, seen=SEEN, priority=st.sampled_from([*PRIORITIES, "P9"]))
    def prioritize(self, number: int, actor: Actor, seen: int | None, priority: str) -> None:
        given = {"priority": priority, "text": "the fair"}
        self._act(
            number, seen, lambda do, one, expect: do.prioritize(one, actor, expect=expect, **given)
        )

    @rule(
        number=NUMBERS,
        actor=ACTORS,
        seen=SEEN,
        class_=st.sampled_from([None, *CLASSES, "joke"]),
        type_=st.sampled_from([None, "lost", ""]),
    )
    def classify(self, number: int, actor: Actor, seen: int | None, **what: Any) -> None:
        self._act(
            number, seen, lambda do, one, expect: do.classify(one, actor, expect=expect, **what)
        )

    @rule(number=NUMBERS, actor=ACTORS, other=st.integers(1, 6), is_off=st.booleans())
    def link(self, number: int, actor: Actor, other: int, is_off: bool) -> None:
        def act(do: Service, one: int, _: int | None) -> Incident:
            return (do.unlink if is_off else do.link)(one, actor, other=other, kind="caused_by")

        self._act(number, None, act)

    @rule(number=NUMBERS, actor=ACTORS, minutes=st.sampled_from([None, 0, 5, 90, 2000]))
    def work(self, number: int, actor: Actor, minutes: int | None) -> None:
        def act(do: Service, one: int, _: int | None) -> Incident:
            if minutes is not None:
                return do.log_work(one, actor, minutes=minutes)
            exists = one in self.ledger.rows
            is_running = exists and actor.id in self.world.store.detail(one).timers
            return (do.stop_timer if is_running else do.start_timer)(one, actor)

        self._act(number, None, act)

    @rule(number=NUMBERS, actor=ACTORS, minutes=st.sampled_from([0, 7]))
    def correct_work(self, number: int, actor: Actor, minutes: int) -> None:
        def act(do: Service, one: int, _: int | None) -> Incident:
            log_id = self.ledger.rows[one][-1].log_id if one in self.ledger.rows else "x"
            return do.correct_work(one, actor, log_id=log_id, minutes=minutes, text="lunch")

        self._act(number, None, act)

    @rule(
        number=NUMBERS,
        actor=ACTORS,
        seen=SEEN,
        code=st.sampled_from([*map(str, PERSONS_CODES), "cleared_by_itself"]),
        ahead=HOURS_AHEAD,
    )
    def resolve(self, number: int, actor: Actor, seen: int | None, code: str, ahead: Any) -> None:
        how: dict[str, Any] = {"code": code, "root_cause": "belt"}
        if code == "accepted":
            how |= {"accepted_until": self.world.clock + ahead, "text": "agreed"}
        self._act(
            number, seen, lambda do, one, expect: do.resolve(one, actor, expect=expect, **how)
        )

    @rule(number=NUMBERS, actor=ACTORS, seen=SEEN)
    def close(self, number: int, actor: Actor, seen: int | None) -> None:
        self._act(number, seen, lambda do, one, expect: do.close(one, actor, expect=expect))

    @rule(number=NUMBERS, actor=ACTORS, seen=SEEN)
    def reopen(self, number: int, actor: Actor, seen: int | None) -> None:
        self._act(
            number,
            seen,
            lambda do, one, expect: do.reopen(one, actor, text="no", expect=expect),
        )

    @rule(actor=ACTORS, back=st.sampled_from([0, 0, 0, 1, 2, 5, 10]))
    def undo(self, actor: Actor, back: int) -> None:
        """Undo a batch; what it decided is as if it had never been."""
        self.ledger.read(self.world.store)
        batches = self.ledger.batches
        batch_id = batches[-1 - back] if back < len(batches) else "no batch"

        def act(do: Service, _one: int, _expect: int | None) -> None:
            of = {
                n
                for n, rows in self.ledger.rows.items()
                for row in rows
                if row.batch_id == batch_id
            }
            expected = {number: self.ledger.without(number, batch_id) for number in of}
            for after in do.undo(actor, batch_id):
                before = expected.pop(after.incident_id)
                if before is None:  # the batch had opened it
                    assert after.merged_into in of
                else:
                    assert decided(after) == decided(before)
            assert set(expected.values()) <= {None}

        self._act(1, None, act)

    @rule(
        actor=ACTORS,
        text=st.sampled_from([None, "as the customer says"]),
        title=st.sampled_from(["Ramp 3 is wet", ""]),
    )
    def report(self, actor: Actor, text: str | None, title: str) -> None:
        self._act(1, None, lambda do, *_: do.report(actor, title, text=text))

    @rule(actor=ACTORS, person=st.sampled_from(PEOPLE), ahead=st.none() | HOURS_AHEAD)
    def go_away_or_come_back(self, actor: Actor, person: str, ahead: Any) -> None:
        def act(do: Service, *_: Any) -> None:
            if ahead is None:
                do.come_back(actor, person)
            else:
                do.go_away(actor, person, until=self.world.clock + ahead)

        self._act(1, None, act)

    @rule(actor=ACTORS, entity=st.sampled_from("ABC"), ahead=HOURS_AHEAD)
    def mute(self, actor: Actor, entity: str, ahead: Any) -> None:
        until = self.world.clock + ahead
        self._act(
            1, None, lambda do, *_: do.mute(actor, entity_id=entity, until=until, reason="known")
        )

    # what must hold

    @invariant()
    def the_store_says_what_its_log_says(self) -> None:
        changed = self.ledger.read(self.world.store)
        contents, _ = self._contents()
        if contents != self.verified:  # who was refused, and most of what time does, wrote nothing
            assert self.world.store.verify().faults == ()
            self._one_open_incident_per_key()
            self.verified = contents
        # a clock moves on by itself: each is looked at when it changed, and one more in turn
        known = sorted(self.ledger.rows)
        if known:
            changed.add(known[self.ledger.seq % len(known)])
        with self.world.store.engines.read() as connection:
            stored = clocks_by_incident(connection, sorted(changed))
        for number in sorted(changed):
            self._clocks_agree(number, stored.get(number, ()))

    def _one_open_incident_per_key(self) -> None:
        with self.world.store.engines.read() as connection:
            assert connection.execute(KEYS_HELD_TWICE).all() == []

    def _clocks_agree(self, number: int, clocks: tuple[Clock, ...]) -> None:
        now = max(self.world.clock, self.ledger.recorded_at).replace(microsecond=0)
        expected = Story(self.ledger.rows[number], self.settings_of).clocks()
        stored = {clock.target: clock for clock in clocks}
        assert set(stored) == set(expected)
        for target, slow in expected.items():
            clock = stored[target]
            assert (clock.target_s, clock.stopped_at) == (slow.target_s, slow.stopped), target
            assert str(state_of(clock, now).state) == slow.standing(now), (target, clock)
            assert_used(clock, slow)


def assert_used(clock: Clock, slow: SlowClock) -> None:
    """Compare what was used, and when the rest of it will be."""
    until = clock.stopped_at or clock.paused_since or clock.running_since
    assert until
    assert clock.consumed_s == slow.used(until), clock
    if clock.running_since and clock.consumed_s < clock.target_s:
        assert clock.due_at == slow.used_up_at(), clock


def assert_asked_once(rows: Sequence[LogRow]) -> None:
    """Each step of a service level asks once in each opening, and each wait once."""
    asked: list[str] = []
    for row in rows:
        if row.action in (Action.REOPENED, Action.OPENED):
            asked.clear()
        if row.action is Action.SET_WAITING:
            asked = [rule for rule in asked if rule != UNANSWERED_WAIT]
        rule = row.subject.get("rule_id")
        if row.action is Action.ESCALATED and rule:
            assert rule not in asked, row
            asked.append(rule)


def wait_ends(incident: Incident, config: Config) -> datetime | None:
    """Return when a wait has had all its follow-ups, walked from quarter to quarter."""
    level = config.service_levels.get(incident.policy or "")
    following = level.follow_up if level else None
    if incident.state is not State.WAITING or not level or not following:
        return None
    if incident.follow_up_at is None:
        return None
    rest_s = max(following.times - (incident.follow_ups or 0), 0) * (
        incident.follow_up_every_s or seconds_of(following.every)
    )
    at = incident.follow_up_at.replace(microsecond=0)
    team = config.teams.get(incident.team or "")
    name = level.calendar or (team.calendar if team else None)
    while rest_s > 0:
        rest_s -= 900 * (name is None or is_open(WEEKS[id(config)], at))
        at += QUARTER
    return at


def is_of_wait(row: LogRow, incident: Incident) -> bool:
    """Return whether a row asked somebody because this wait went unanswered."""
    began = incident.waiting_since
    is_asked = row.subject.get("rule_id") == UNANSWERED_WAIT
    return is_asked and began is not None and row.effective_at >= began


def decided(incident: Incident) -> dict[str, Any]:
    return {column: getattr(incident, field_of(column)) for column in DECIDED}


@pytest.fixture(params=["sqlite", "postgres"])
def open_world(
    request: pytest.FixtureRequest, state_dir: Path, empty_store_file: Path
) -> Callable[[], World]:
    """Return a function that makes a world with an empty store; a file takes the events."""
    numbers = itertools.count()

    def store_url(home: Path) -> str:
        if request.param == "sqlite":
            shutil.copy(empty_store_file, home)
            return f"sqlite:///{home}/{empty_store_file.name}"
        template = request.getfixturevalue("empty_store_database")
        url = request.getfixturevalue("postgres_url")(template)
        return str(url).replace("postgresql://", "postgresql+psycopg://", 1)

    def opened() -> World:
        home = state_dir / str(next(numbers))
        home.mkdir()
        bands = ImpactBands(major=20, moderate=5)
        return World(
            Store.open(store_url(home)),
            DuckDBFile(home / "warehouse.duckdb"),
            late_orders(impact_bands=bands, max_new_incidents_first_run=4),
            late_orders(id=GROUPED, group_by=("region",), impact_bands=bands),
        )

    return opened


QUICK = (Phase.explicit, Phase.generate)


def live(open_world: Callable[[], World], **how: Any) -> None:
    run_state_machine_as_test(
        lambda: Life(open_world),
        settings=settings(deadline=None, suppress_health_check=list(HealthCheck), **how),
    )


def test_a_life_at_random(open_world: Callable[[], World]) -> None:
    live(open_world, max_examples=3, stateful_step_count=40, derandomize=True, phases=QUICK)


@pytest.mark.soak
def test_many_lives_at_random(open_world: Callable[[], World]) -> None:
    live(open_world, max_examples=40, stateful_step_count=100, print_blob=True)


# ---- what the machine found


@pytest.fixture
def world(open_world: Callable[[], World]) -> Iterator[World]:
    """Yield a world with one incident that is taken and may be given back."""
    world = open_world()
    world.config = SETTINGS[0]
    apply_settings(world.store, world.config, hour(8))
    world.run(9, {"A": 5})
    world.sync(9)
    world.service.take(1, ADA)
    yield world
    assert world.store.verify().faults == ()
    world.store.close()


def undo_the_taking(world: World) -> Incident:
    [taken] = [row for row in world.store.detail(1).log if row.action is Action.TAKEN]
    [after] = world.service.undo(ADA, taken.batch_id)
    assert (after.state, after.assignee) == (State.NEW, None)
    return after


def test_an_undo_keeps_the_priority_that_a_worsening_gave_meanwhile(world: World) -> None:
    world.run(10, {"A": Firing(5, severity="critical")})
    world.sync(10)
    raised = world.incident(1).priority
    assert raised is not None
    assert raised < "P3"
    assert undo_the_taking(world).priority == raised


def test_an_undo_keeps_the_service_level_that_the_settings_gave_meanwhile(world: World) -> None:
    only = {name: one for name, one in SETTINGS[1].service_levels.items() if name == "strict"}
    world.config = SETTINGS[1].model_copy(update={"service_levels": only})
    apply_settings(world.store, world.config, hour(10))
    assert undo_the_taking(world).policy == "strict"
    assert world.store.detail(1).clocks
