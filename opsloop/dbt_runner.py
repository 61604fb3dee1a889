"""Run dbt inside this process and hand back what happened to each node.

The one module that imports dbt. Importing dbt takes seconds, so it happens at the first run, not
when this module is imported.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAILED = frozenset({"error", "fail", "runtime error"})
# dbt keeps its whole graph alive: collecting as often as by default costs a fifth of a run
OBJECTS_PER_COLLECTION = 200_000


@dataclass(frozen=True)
class NodeResult:
    """What became of one node of dbt's graph."""

    unique_id: str
    name: str
    resource_type: str
    status: str  # dbt's word: success, error, skipped, pass, fail, warn
    message: str
    seconds: float

    @property
    def is_failed(self) -> bool:
        """Return whether the node failed itself; a skipped one did not."""
        return self.status in FAILED


@dataclass(frozen=True)
class DbtResult:
    """The outcome of one dbt command."""

    success: bool
    nodes: tuple[NodeResult, ...]
    error: str | None  # what stopped dbt as a whole (parsing, usage, connection); None otherwise

    @property
    def failed(self) -> tuple[NodeResult, ...]:
        """Return the nodes that failed themselves."""
        return tuple(node for node in self.nodes if node.is_failed)


def run_dbt(
    args: Sequence[str],
    *,
    project_dir: Path,
    env: Mapping[str, str] | None = None,
    on_node: Callable[[NodeResult], None] | None = None,
) -> DbtResult:
    """Run one dbt command in this process, quietly.

    `args` is the command line without `dbt` (`["build", "--selector", "monitors"]`); a
    `--project-dir`, `--profiles-dir` or `--log-level` of its own wins over the defaults. `env` is
    set around the call and restored after it. `on_node` is called as each node finishes, from
    dbt's threads. The warehouse file is released before this returns. Failures are in the
    result; nothing is raised for them, except for Ctrl-C.
    """
    from dbt.cli.main import dbtRunner

    callbacks = [_node_callback(on_node)] if on_node else []
    settings = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", **(env or {})}
    with _environment(settings), _rare_collections():
        try:
            outcome = dbtRunner(callbacks=callbacks).invoke(_with_defaults(args, project_dir))
        finally:
            _release_duckdb()
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception  # dbt keeps it to itself, and the caller would go on
    error = str(outcome.exception) if outcome.exception else None
    return DbtResult(bool(outcome.success), _nodes_of(outcome.result), error)


def _with_defaults(args: Sequence[str], project_dir: Path) -> list[str]:
    defaults = {"--project-dir": str(project_dir), "--log-level": "none"}
    # as warehouse/profile.py reads it: dbt itself would look into the current folder
    if not os.environ.get("DBT_PROFILES_DIR") and (project_dir / "profiles.yml").is_file():
        defaults["--profiles-dir"] = str(project_dir)
    given = list(args)
    for option, value in defaults.items():
        if not any(part == option or part.startswith(f"{option}=") for part in given):
            given += [option, value]
    return given


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _rare_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS_PER_COLLECTION, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _release_duckdb() -> None:
    """Close dbt's DuckDB connection, which otherwise keeps the file locked in this process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    manager: Any = DuckDBConnectionManager  # dbt has no types
    manager.close_all_connections()


def _node_callback(on_node: Callable[[NodeResult], None]) -> Callable[[Any], None]:
    """Return a listener to dbt's events that reports each finished node."""

    def listen(event: Any) -> None:
        if event.info.name != "NodeFinished":
            return
        info, result = event.data.node_info, event.data.run_result
        on_node(
            NodeResult(
                unique_id=info.unique_id,
                name=info.node_name,
                resource_type=info.resource_type,
                status=str(result.status),
                message=result.message,
                seconds=result.execution_time,
            )
        )

    return listen


def _nodes_of(result: Any) -> tuple[NodeResult, ...]:
    """Return the node results of a command that has any (build, run, test, seed)."""
    return tuple(
        NodeResult(
            unique_id=node.node.unique_id,
            name=node.node.name,
            resource_type=str(node.node.resource_type),
            status=str(node.status),
            message=node.message or "",
            seconds=node.execution_time,
        )
        for node in getattr(result, "results", None) or ()
        if getattr(node, "node", None) is not None
    )
