"""What is wrong with a project's setup, each finding with its remedy. Changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from opsloop.config import Config, check_config
from opsloop.errors import OpsloopError, StoreError
from opsloop.monitor_checks import check_monitors
from opsloop.monitors import Project, load_monitors
from opsloop.overdue import overdue_monitors
from opsloop.paths import Paths
from opsloop.service.sync.health import described, troubles_of
from opsloop.store import Store
from opsloop.warehouse import MonitorRun, opened
from opsloop.warehouse.profile import Target, read_target
from opsloop.warehouse.serving import open_serving
from opsloop.words import counted, one_line

PYTHON = (3, 11)
DBT = ("1.11.", "1.11")
ADAPTERS = {"duckdb": "dbt-duckdb", "postgres": "dbt-postgres"}
LOCK_WAIT_S = 2.0
OLD_COPY = timedelta(days=1)
CLOCKS_DIFFER = timedelta(minutes=5)  # by more than machines of one company do


class Status(StrEnum):
    """How a check came out. Unknown: something else that is wrong prevents it."""

    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    status: Status
    what: str
    remedy: str = ""


@dataclass
class _Patient:
    """A project under examination, and what of it earlier checks have opened."""

    paths: Paths
    now: datetime
    config: Config | None = None
    project: Project | None = None
    broken: frozenset[str | None] = frozenset()
    target: Target | None = None
    runs: Mapping[str, Sequence[MonitorRun]] | None = None
    last_seq: int | None = field(default=None)


def examine(project_dir: Path, now: datetime) -> list[Finding]:
    """Look at everything that opsloop needs; a check that fails does not stop the others.

    Runs `dbt parse` if the manifest is missing or older than the project's files.
    """
    patient = _Patient(Paths.of(project_dir), now)
    checks: tuple[tuple[str, Callable[[_Patient], Iterator[Finding]]], ...] = (
        ("python", _python),
        ("settings", _settings),
        ("profile", _profile),
        ("warehouse", _warehouse),
        ("monitors", _monitors),
        ("runs", _runs),
        ("store", _store),
        ("serving copy", _serving),
    )
    findings: list[Finding] = []
    for name, check in checks:
        try:
            findings.extend(check(patient))
        except OpsloopError as error:
            findings.append(
                Finding(name, Status.WRONG, one_line(error.message), one_line(error.remedy))
            )
    return findings


def _python(patient: _Patient) -> Iterator[Finding]:
    have = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON:
        yield Finding("python", Status.WRONG, f"This is Python {have}.", "Use 3.11 or newer.")
    found = _version("dbt-core")
    if found is None or not found.startswith(DBT):
        what = f"dbt-core is {found}." if found else "dbt-core is not installed."
        yield Finding("dbt", Status.WRONG, what, "Install opsloop's locked dependencies.")
    else:
        yield Finding("python", Status.OK, f"Python {have}, dbt-core {found}.")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _settings(patient: _Patient) -> Iterator[Finding]:
    patient.config, faults = check_config(patient.paths.project)
    for fault in faults:
        place = f"{fault.place} {fault.key}".strip()
        yield Finding("settings", Status.WRONG, f"{place}: {fault.what}", fault.remedy)
    if patient.config:
        teams, people = len(patient.config.teams), len(patient.config.people)
        yield Finding("settings", Status.OK, f"{counted(teams, 'team')}, {people} people.")


def _profile(patient: _Patient) -> Iterator[Finding]:
    target = read_target(patient.paths.project)
    adapter = ADAPTERS.get(target.type)
    if adapter is None:
        what = f"The target {target.name} is of type {target.type}."
        yield Finding("profile", Status.WRONG, what, f"Use one of {', '.join(ADAPTERS)}.")
        return
    patient.target = target
    if _version(adapter) is None:
        what = f"The target {target.name} needs {adapter}, which is not installed."
        yield Finding("profile", Status.WRONG, what, f"Run `pip install {adapter}`.")
    else:
        what = f"Target {target.name} ({target.type}), schema {target.schema}."
        yield Finding("profile", Status.OK, what)


def _warehouse(patient: _Patient) -> Iterator[Finding]:
    if patient.target is None:
        yield Finding("warehouse", Status.UNKNOWN, "It is not known where it is.")
        return
    with opened(patient.target, wait_s=LOCK_WAIT_S) as warehouse:
        patient.runs = warehouse.runs()
    yield Finding("warehouse", Status.OK, "It can be read.")


def _monitors(patient: _Patient) -> Iterator[Finding]:
    if patient.config is None:
        yield Finding("monitors", Status.UNKNOWN, "They need sound settings.")
        return
    faults = check_monitors(patient.paths.project)
    for fault in faults:
        place = f"{fault.place} {fault.key}".strip()
        yield Finding("monitors", Status.WRONG, f"{place}: {fault.what}", fault.remedy)
    patient.broken = frozenset(fault.monitor for fault in faults if fault.is_blocking)
    manifest = patient.paths.manifest
    patient.project = load_monitors(manifest, patient.config, patient.paths.project)
    if not patient.project.monitors and not faults:
        remedy = "Write one: the README shows how in five minutes."
        yield Finding("monitors", Status.WRONG, "There are no monitors.", remedy)
    elif not faults:
        what = f"{counted(len(patient.project.monitors), 'definition')}, all sound."
        yield Finding("monitors", Status.OK, what)


def _runs(patient: _Patient) -> Iterator[Finding]:
    """Yield monitors that never ran, are overdue, or whose last run cannot be trusted."""
    if patient.runs is None or patient.project is None:
        yield Finding("runs", Status.UNKNOWN, "They need the warehouse and sound settings.")
        return
    sound = [one for one in patient.project.monitors if one.name not in patient.broken]
    ids = [monitor.id for monitor in sound]
    late = overdue_monitors(ids, patient.runs, patient.now)
    if ids and len(late) == len(ids):
        last_at = max((one.last_at for one in late if one.last_at), default=None)
        since = f"since {last_at:%Y-%m-%d %H:%M} UTC" if last_at else "yet"
        yield Finding("runs", Status.WRONG, f"No monitor has run {since}.", "Run `opsloop run`.")
    else:
        for one in late:
            since = f"not since {one.last_at:%Y-%m-%d %H:%M} UTC" if one.last_at else "never"
            remedy = "Run `opsloop run`, and see what dbt says of it."
            yield Finding("runs", Status.WRONG, f"{one.monitor_id} has {since} run.", remedy)
    spells = troubles_of({name: patient.runs[name] for name in ids if name in patient.runs})
    troubles = list(described(spells))
    for trouble in troubles:
        what = f"{trouble.monitor_id} {one_line(trouble.message)}"
        yield Finding("runs", Status.WRONG, what, _REMEDIES.get(trouble.status, ""))
    if ids and not late and not troubles:
        yield Finding("runs", Status.OK, "Every monitor ran, and its last run can be trusted.")


_REMEDIES = {
    "error": "Mend it, then run `opsloop run`.",
    "skipped": "Mend what it reads, then run `opsloop run`.",
    "held": "See whether its sources are loaded whole; the next good run lets the clears go.",
    "rejects": "See the table monitor_rejects, and mend the keys.",
}


def _store(patient: _Patient) -> Iterator[Finding]:
    try:
        with Store.open(patient.paths.store_url) as store:
            patient.last_seq = store.last_seq()
            last_at = store.last_recorded_at()
    except StoreError as error:
        yield Finding("store", Status.WRONG, error.message, error.remedy)
        return
    yield Finding("store", Status.OK, f"Its log has {counted(patient.last_seq, 'row')}.")
    if last_at is not None and last_at - patient.now > CLOCKS_DIFFER:
        yield Finding("clock", Status.WRONG, *_clock_is_behind(last_at, patient.now))


def _clock_is_behind(last_at: datetime, now: datetime) -> tuple[str, str]:
    """Return what it means that the log was last written in what is the future here."""
    behind = (last_at - now) // timedelta(minutes=1)
    what = (
        f"This machine's clock says {now:%Y-%m-%d %H:%M} UTC, {counted(behind, 'minute')} before "
        "the store's last row."
    )
    remedy = f"Set the clock; until {last_at:%Y-%m-%d %H:%M} UTC all is recorded at that moment."
    return what, remedy


def _serving(patient: _Patient) -> Iterator[Finding]:
    copy = open_serving(patient.paths.serving)
    if copy is None:
        remedy = "Run `opsloop run`, or `opsloop publish`."
        yield Finding("serving copy", Status.WRONG, "Nothing was published yet.", remedy)
        return
    published = copy.published
    behind = max(0, (patient.last_seq or 0) - published.seq)
    what = f"Published {published.published_at:%Y-%m-%d %H:%M} UTC"
    what += f", {counted(behind, 'change')} behind the queue." if behind else ", nothing since."
    age = patient.now - published.published_at.replace(tzinfo=UTC)
    is_old = age > OLD_COPY and behind > 0
    status = Status.WRONG if is_old else Status.OK
    yield Finding("serving copy", status, what, "Run `opsloop publish`." if is_old else "")
