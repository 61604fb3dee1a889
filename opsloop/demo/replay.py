"""The demo: load the flights, replay days of monitor runs with a desk at work, publish."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

from opsloop.config import Config
from opsloop.dbt_runner import DbtResult, run_dbt
from opsloop.demo.desk import Desk
from opsloop.demo.load import SCHEMA, FlightsLoaded, load_flights
from opsloop.demo.state import DemoState
from opsloop.errors import ConfigError, DbtFailed, WarehouseError
from opsloop.manifest import make_manifest
from opsloop.monitors import Project, load_monitors
from opsloop.paths import Paths
from opsloop.service.run import Listener, Runner
from opsloop.service.settings import apply_settings
from opsloop.service.sync import SyncReport, sync
from opsloop.store import Store
from opsloop.types import QueueFilter
from opsloop.warehouse import opened
from opsloop.warehouse.duckdb import connect
from opsloop.warehouse.profile import read_target
from opsloop.words import one_line

SEED = 2013
# Midnight, noon and the evening peak in New York; the last run is at the present moment.
RUN_TIMES = (clock_time(5), clock_time(16), clock_time(22))
RUN_LASTS = timedelta(minutes=2)  # from a run's as_of until its sync
BEFORE_NOW = timedelta(minutes=5)  # the last run's as_of, so that nothing is in the future
EVERY_INCIDENT = QueueFilter(states=None)
# Only the last run writes dbt's artifacts and tests the data: both cost as much as the monitors.
CHEAP = ("--no-write-json", "--log-level-file", "none", "--exclude-resource-type", "test")


@dataclass(frozen=True, slots=True)
class Summary:
    """What a demo did, and all that an outsider needs to compute its figures from the flights.

    `shift_days` were added to every date of the package's files; `runs` are the as_of moments, UTC,
    of the monitor runs, oldest first. The desk's acts are simulated.
    """

    shift_days: int
    flights: int
    first_flight_at: datetime
    last_flight_at: datetime
    days: int
    seed: int
    runs: tuple[datetime, ...]
    figures_as_of: datetime
    incidents: int
    incidents_by_state: dict[str, int]
    incidents_by_monitor: dict[str, int]
    simulated_acts: dict[str, int]
    store_id: str
    seq: int
    seconds: float

    def as_record(self) -> dict[str, Any]:
        """Return the summary as JSON can say it."""
        record = asdict(self)
        moments = ("first_flight_at", "last_flight_at", "figures_as_of")
        record.update({name: _text(record[name]) for name in moments})
        record["runs"] = [_text(moment) for moment in self.runs]
        return {"status": "finished", **record}


def run_moments(now: datetime, days: int) -> list[datetime]:
    """Return when the monitors are replayed: at `RUN_TIMES` for so many days, and at last now."""
    last = now.replace(second=0, microsecond=0) - BEFORE_NOW
    first = last - timedelta(days=days)
    scheduled = [
        datetime.combine(first.date() + timedelta(days=day), at, UTC)
        for day in range(days + 1)
        for at in RUN_TIMES
    ]
    return [at for at in scheduled if first <= at < last - timedelta(minutes=30)] + [last]


class Demo:
    """One demo in a project.

    Args:
        paths: where the project keeps its files.
        config: its settings.
        listener: is told how far it is.
        now: the present moment; everything happens before it.
    """

    def __init__(self, paths: Paths, config: Config, listener: Listener, now: datetime) -> None:
        self.paths = paths
        self.config = config
        self.listener = listener
        self.now = now.astimezone(UTC).replace(second=0, microsecond=0)
        self.state = DemoState.of(paths)

    def run(self, days: int, *, even_if_used: bool = False) -> Summary:
        """Start over, and do everything but starting the app.

        Args:
            days: how many to replay.
            even_if_used: also if people have worked in the demo's queue since.

        Raises:
            Refused: the state at hand is not the demo's.
            DbtFailed: a run of the monitors, or the retro, could not be built.
        """
        began = time.monotonic()
        with self.state.only_one():
            self.state.start_over(even_if_used=even_if_used)
            moments = run_moments(self.now, days)
            loaded = self._load(self.now.date(), moments)
            project = self._project()
            with Store.open(self.paths.store_url, create=True) as store:
                apply_settings(store, self.config, moments[0])
                acts = self._replay(store, project, moments)
                self._publish(store)
                summary = self._summary(store, loaded, days, moments, acts, began)
            self.state.note(summary.as_record())
        return summary

    def _load(self, today: date, moments: Sequence[datetime]) -> FlightsLoaded:
        self.listener.begin("Loading the flights", 5)
        warehouse = connect(self.state.warehouse, read_only=False, wait_s=0)
        with closing(warehouse) as connection:
            loaded = load_flights(connection, today, lambda name, *_: self.listener.advance(name))
            connection.execute(
                f"create or replace table {SCHEMA}.replayed_runs as select"
                " unnest(range(1, 1 + len($1))) as run_number, unnest($1) as as_of",
                [[moment.replace(tzinfo=None) for moment in moments]],
            )
        return loaded

    def _project(self) -> Project:
        self.listener.begin("Reading the dbt project")
        make_manifest(self.paths)
        project = load_monitors(self.paths.manifest, self.config, self.paths.project)
        if project.faults:
            raise ConfigError(
                "A monitor's definition is broken.",
                [str(fault) for fault in project.faults],
                "Mend it, then start the demo again.",
            )
        return project

    def _replay(
        self, store: Store, project: Project, moments: Sequence[datetime]
    ) -> dict[str, int]:
        """Run the monitors at each moment; between two, the desk works the queue."""
        kinds = {monitor.id: monitor.kind for monitor in project.monitors}
        target = read_target(self.paths.project)
        desk = Desk(store, self.config, kinds, SEED)
        desk.plan_mutes(moments[0], self.now)
        self.listener.begin("Replaying runs, with a simulated desk at work", len(moments))
        for at, following in zip(moments, [*moments[1:], self.now], strict=True):
            self._build(at, is_last=at == moments[-1])
            synced_at = at + RUN_LASTS
            desk.work(synced_at)
            with opened(target) as warehouse:
                clock = _clock(synced_at)
                synced = sync(store, warehouse, project.monitors, self.config, now=clock)
            _require_whole(synced, at)
            desk.look_at_queue(synced_at)
            desk.work(following)
            self.listener.advance(f"{at:%d %b %H:%M}")
        return dict(desk.acts)

    def _build(self, at: datetime, *, is_last: bool) -> None:
        args = ["build", "--selector", "monitors", "--exclude-resource-type", "unit_test"]
        args += ["--target-path", str(self.paths.manifest.parent)]
        result = run_dbt(
            [*args, *(() if is_last else CHEAP)],
            project_dir=self.paths.project,
            env={"OPSLOOP_AS_OF": f"{at:%Y-%m-%d %H:%M:%S}"},
        )
        if not result.success:
            raise DbtFailed(f"The run of {at:%Y-%m-%d %H:%M} failed: {_why(result)}")

    def _publish(self, store: Store) -> None:
        runner = Runner(self.paths, self.config, store, lambda: self.now, self.listener)
        runner.mirror()
        runner.publish()
        report = runner.report
        wrong = [*report.errors, *(f"{node.name}: {node.message}" for node in report.failed)]
        if wrong:
            raise DbtFailed(one_line(f"The retro could not be built: {wrong[0]}"))

    def _summary(
        self,
        store: Store,
        loaded: FlightsLoaded,
        days: int,
        moments: Sequence[datetime],
        acts: dict[str, int],
        began: float,
    ) -> Summary:
        return Summary(
            shift_days=loaded.shift_days,
            flights=loaded.flights,
            first_flight_at=loaded.first_flight_at,
            last_flight_at=loaded.last_flight_at,
            days=days,
            seed=SEED,
            runs=tuple(moments),
            figures_as_of=self.now,
            incidents=store.count(EVERY_INCIDENT),
            incidents_by_state=_counts(store, "state"),
            incidents_by_monitor=_counts(store, "monitor_id"),
            simulated_acts=acts,
            store_id=store.identity()[0],
            seq=store.last_seq(),
            seconds=round(time.monotonic() - began, 1),
        )


def _clock(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def _counts(store: Store, by: str) -> dict[str, int]:
    return {str(value): count for value, count in store.counts(EVERY_INCIDENT, by).items()}


def _require_whole(synced: SyncReport, at: datetime) -> None:
    """Raise WarehouseError if a monitor was not synced: a demo has all of them, or is none."""
    unread = [one.message for one in synced.troubles if one.status == "unread"]
    if wrong := [*synced.warnings, *unread]:
        raise WarehouseError(f"The run of {at:%Y-%m-%d %H:%M} was not synced: {wrong[0]}")


def _why(result: DbtResult) -> str:
    first = next((f"{node.name}: {node.message}" for node in result.failed), None)
    return one_line(first or result.error or "dbt does not say why.")


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
