"""The whole chain: monitors → sync → mirror → retro → publish. Each step can be run by itself.

What fails is named and left behind; the rest goes on. Killed anywhere, the next run completes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from opsloop.config import Config
from opsloop.dbt_runner import DbtResult, NodeResult, run_dbt
from opsloop.errors import DbtFailed, WarehouseError
from opsloop.faults import Fault
from opsloop.manifest import refresh_manifest
from opsloop.monitor_checks import check_monitors
from opsloop.monitors import Project, load_monitors, read_manifest
from opsloop.paths import Paths
from opsloop.service.judging import Reviewed, review
from opsloop.service.mirror import Mirrored, mirror
from opsloop.service.publish import Publication, publish
from opsloop.service.rates import mirror_rates
from opsloop.service.rosters import mirror_rosters
from opsloop.service.settings import apply_settings
from opsloop.service.sync import SyncReport, sync
from opsloop.service.sync.report import MonitorTrouble
from opsloop.store import Store
from opsloop.warehouse import Warehouse, opened
from opsloop.warehouse.profile import read_target
from opsloop.warehouse.serving import open_serving
from opsloop.words import one_line

# unit tests are for CI: they need no data, and cost seconds
QUIET = ("--exclude-resource-type", "unit_test")
RETRO = "models/retro/"
OF_ALL_TIME = "models/retro/all_time/"  # views, which nobody has to copy
SERIOUS = ("error", "skipped", "held", "missed", "broken", "unread")


class Listener(Protocol):
    """Whoever shows how far a run is."""

    def begin(self, step: str, total: int | None = None) -> None:
        """A step begins; `total` is how many things it has to do, if that is known."""

    def advance(self, what: str) -> None:
        """One of them is done."""

    def wait(self, holder: str) -> None:
        """Nothing goes on until this process lets go of the warehouse."""


@dataclass(slots=True)
class RunReport:
    """What became of a run. `failed` are nodes of dbt that are no monitors."""

    monitors: int = 0
    faults: list[Fault] = field(default_factory=list)
    troubles: list[MonitorTrouble] = field(default_factory=list)
    failed: list[NodeResult] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    synced: SyncReport | None = None
    mirrored: Mirrored | None = None
    publication: Publication | None = None
    reviewed: Reviewed | None = None

    @property
    def ok(self) -> bool:
        """Whether every monitor ran and can be trusted, and the figures are published."""
        return not (self.failed or self.errors or self.publication is None or self._serious())

    def _serious(self) -> bool:
        return any(trouble.status in SERIOUS for trouble in self.troubles)


class Runner:
    """One project's chain.

    Args:
        paths: where the project keeps its files.
        config: its settings.
        store: the incident store, open.
        now: the clock.
        listener: is told how far it is.
    """

    def __init__(
        self,
        paths: Paths,
        config: Config,
        store: Store,
        now: Callable[[], datetime],
        listener: Listener,
    ) -> None:
        self.paths = paths
        self.config = config
        self.store = store
        self.now = now
        self.listener = listener
        self.target = read_target(paths.project)
        self.report = RunReport()

    def run(self) -> RunReport:
        """Do everything.

        Raises:
            DbtFailed: dbt cannot parse the project, or could not start.
            WarehouseLocked: another process holds the warehouse.
        """
        self.listener.begin("Checking the definitions")
        self.report.faults = check_monitors(self.paths.project)
        built = self.build_monitors()
        try:
            self.sync()
        except WarehouseError:
            if built.error:  # dbt's own words say more
                raise DbtFailed(one_line(built.error)) from None
            raise
        self._judge(built)
        self.publish()
        return self.report

    def build_monitors(self) -> DbtResult:
        """Build the monitors and what they read, except for those that cannot run."""
        broken = sorted({fault.monitor for fault in self._blocking() if fault.monitor})
        # --selector takes no --exclude: the selection of selectors.yml, in words
        selection = ["--selector", "monitors"]
        if broken:
            selection = ["--select", "+path:monitors", "--exclude", *broken]
        self._wait_for_warehouse()
        names = {monitor.name for monitor in self._project().monitors} - set(broken)
        self.listener.begin("Running the monitors", len(names))

        def tell(node: NodeResult) -> None:
            if node.resource_type == "model" and node.name in names:
                self.listener.advance(node.name)

        return self._dbt([*selection, *QUIET], tell)

    def sync(self) -> SyncReport:
        """Bring the queue up to date with the event tables, and the mirror with the queue."""
        apply_settings(self.store, self.config, self.now())
        project = self._project()
        self.listener.begin("Syncing the queue", len(project.monitors))
        with self._warehouse() as warehouse:
            self.report.synced = sync(
                self.store,
                warehouse,
                project.monitors,
                self.config,
                now=self.now,
                also_known=tuple(project.broken),
                on_monitor=self.listener.advance,
            )
        self.mirror()
        return self.report.synced

    def mirror(self) -> Mirrored:
        """Append to the warehouse what the log has gained."""
        self.listener.begin("Mirroring the log")
        with self._warehouse(read_only=False) as warehouse:
            self.report.mirrored = mirror(self.store, warehouse)
            mirror_rates(self.config.rates, warehouse)
            mirror_rosters(self.config.teams, warehouse)
        return self.report.mirrored

    def publish(self, *, build: bool = True) -> None:
        """Build the retro and publish it; what was published before stays if the build fails."""
        if build and not self._build_retro():
            return
        self.listener.begin("Publishing")
        with self._warehouse() as warehouse:
            self.report.publication = publish(
                self.store,
                warehouse,
                self.paths.serving,
                now=self.now(),
                models=self._retro_models(but=OF_ALL_TIME),
            )
        self._review()

    def _review(self) -> None:
        """Register changes of rules, and keep what the new figures say of improvements."""
        copy = open_serving(self.paths.serving)
        assert copy is not None  # it was published just now
        project = load_monitors(self.paths.manifest, self.config, self.paths.project)
        groupings = {one.id: one.group_by for one in project.monitors}
        try:
            self.report.reviewed = review(self.store, copy, groupings, self.now())
        except WarehouseError as error:
            self.report.errors.append(f"Improvements were not judged: {error}")

    def _build_retro(self) -> bool:
        self.listener.begin("Building the retro", len(self._retro_models()))

        def tell(node: NodeResult) -> None:
            if node.resource_type == "model":
                self.listener.advance(node.name)

        # a replay's as_of is the monitors': the queue's log goes on until now
        as_of = self.now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        built = self._dbt(["--selector", "retro", *QUIET], tell, OPSLOOP_AS_OF=as_of)
        self.report.failed += built.failed
        if built.error:
            self.report.errors.append(f"The retro was not built: {one_line(built.error)}")
        return built.success

    def _retro_models(self, but: str | None = None) -> list[str]:
        """Return the names of the retro's models, without those of one of its folders."""
        return [
            node["name"]
            for node in read_manifest(self.paths.manifest)["nodes"].values()
            if node["resource_type"] == "model"
            and (path := node["original_file_path"]).startswith(RETRO)
            and not (but and path.startswith(but))
        ]

    def _dbt(
        self, selection: Sequence[str], tell: Callable[[NodeResult], None], **env: str
    ) -> DbtResult:
        args = ["build", *selection, "--target-path", str(self.paths.manifest.parent)]
        return run_dbt(args, project_dir=self.paths.project, env=env, on_node=tell)

    def _project(self) -> Project:
        refresh_manifest(self.paths)
        return load_monitors(self.paths.manifest, self.config, self.paths.project)

    def _warehouse(self, *, read_only: bool = True) -> AbstractContextManager[Warehouse]:
        return opened(self.target, read_only=read_only, on_wait=self.listener.wait)

    def _wait_for_warehouse(self) -> None:
        """Wait for another process to let go of the file: dbt would fail at once."""
        with opened(self.target, read_only=False):
            pass

    def _blocking(self) -> list[Fault]:
        return [fault for fault in self.report.faults if fault.is_blocking]

    def _judge(self, built: DbtResult) -> None:
        """Gather what is wrong with monitors and with what they read."""
        report = self.report
        project = self._project()
        ids = {monitor.name: monitor.id for monitor in project.monitors}
        broken = {fault.monitor: fault for fault in reversed(self._blocking()) if fault.monitor}
        for name, fault in broken.items():
            trouble = MonitorTrouble(name, "broken", f"was left out: {fault}")
            report.troubles.append(trouble)
        ran = {node.name for node in built.nodes}
        for name, monitor_id in ids.items():
            if name not in ran and name not in broken:
                report.troubles.append(MonitorTrouble(monitor_id, "missed", "did not run"))
        if report.synced:
            report.troubles += report.synced.troubles
        report.monitors = sum(node.name in ids and node.status == "success" for node in built.nodes)
        report.failed += [node for node in built.failed if node.name not in ids]
        if built.error:
            report.errors.append(f"dbt stopped: {one_line(built.error)}")
