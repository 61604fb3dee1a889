"""Importing another system's log: the file and the map in, rows of the incident log out.

The file is read and judged on a workbench of its own. Its new cases are then written in chunks,
each a transaction that holds the store for a moment, so that the queue goes on beside a log of
millions of rows. They count once the import's row is completed, in a last transaction, which also
writes what known cases went on with. Killed before, nothing of it is to be seen, and the same
command goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from unicodedata import combining, normalize

from opsloop.errors import Refused
from opsloop.importing import leaves, moments, query
from opsloop.importing.maps import body_of, checksum_of
from opsloop.importing.schema import ImportMap
from opsloop.importing.telling import Teller
from opsloop.service.importing.cases import Cases, Origin
from opsloop.service.importing.table import (
    REJECT_TYPES,
    Loaded,
    bind,
    load,
    require_formats,
    with_row_time,
)
from opsloop.store import Store, imports
from opsloop.warehouse.workbench import Workbench, workbench
from opsloop.yaml_source import YamlSource

__all__ = ["Imported", "import_log", "name_of"]

_LONGEST_NAME = 60
_WHY_FAILS = 1_000  # rows of which it is looked up which expression failed


class Listener(Protocol):
    """Whoever shows how far an import is."""

    def begin(self, step: str, total: int | None = None) -> None:
        """A step begins."""

    def advance(self, what: str) -> None:
        """One part of it is done."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to.

    Rows read = imported + known + rejected. `import_id` is null if it brought nothing new;
    `has_new_window` says whether it declared another window for the file all the same.
    """

    source: str
    import_id: int | None
    rows_read: int
    rows_imported: int
    rows_known: int
    rows_rejected: int
    rejected: Mapping[str, int]
    incidents_opened: int
    incidents_continued: int
    log_rows: int
    actions: Mapping[str, int]
    first_at: datetime | None
    last_at: datetime | None
    recoded: int
    at: str
    has_new_window: bool


def import_log(
    store: Store,
    path: Path,
    plan: ImportMap,
    written: YamlSource,
    *,
    by: str,
    now: datetime,
    listener: Listener,
    replace: bool = False,
    rejects_to: Callable[[Iterator[Sequence[object]]], None] | None = None,
) -> Imported:
    """Bring a log into the store.

    Args:
        written: the map's file, for the lines of its faults.
        by: who imports.
        now: UTC; no row may be later.
        replace: whether it takes the place of all that was imported from its source.
        rejects_to: takes the rows that were left out: line, case, reason, details, content.

    Raises:
        ConfigError: expressions of the map do not fit the file.
        ImportFileError: the file cannot be read.
        Refused: the source was imported by another map.
    """
    source = plan.source or name_of(path)
    listener.begin("Reading the file")
    with workbench() as bench:
        loaded = load(bench, path, plan.read)
        require_formats(bench, plan.read.time, written)
        for statement in moments.macros(plan.read, now):
            bench.run(statement)
        plan = leaves.with_columns(plan, loaded.columns)
        plan = with_row_time(bench, plan, loaded.columns, written)
        types = bind(bench, plan, loaded.columns, written)
        listener.begin("Judging its rows")
        bench.run(
            f"create table judged as {query.judged_sql(plan, list(loaded.columns), types, now)}"
        )
        _reject_misplaced(bench)
        origin = _begin(store, source, plan, path, by, now, replace=replace)
        listener.begin("Writing its cases", total=None)
        cases = _write_cases(store, bench, plan, loaded, types, origin, now, listener)
        tally = cases.tally
        _say_why_expressions_fail(bench, plan, loaded)
        rejected, has_new_window = _finish(store, bench, origin, cases, loaded, now)
        if rejects_to is not None:
            rejects_to(_rejects(bench, loaded))
    return Imported(
        source,
        origin.import_id if tally.imported or origin.goes_on else None,
        loaded.rows,
        tally.imported,
        tally.known,
        sum(rejected.values()),
        rejected,
        tally.opened,
        tally.continued,
        tally.log_rows,
        dict(tally.actions.most_common()),
        tally.first_at,
        tally.last_at,
        loaded.recoded,
        plan.at or "",
        has_new_window,
    )


def name_of(path: Path) -> str:
    """Return a source's name for a file that the map does not name.

    Letters lose their marks; a name that loses a whole letter gets a digest that tells it apart.
    """
    stem = normalize("NFKD", path.name.partition(".")[0]).lower()
    letters = [letter for letter in stem if not combining(letter)]
    kept = [letter if letter.isascii() and letter.isalnum() else "_" for letter in letters]
    name = "".join(kept).strip("_")[:_LONGEST_NAME]
    if all(letter.isascii() or not letter.isalnum() for letter in letters):
        return name or "imported"
    digest = hashlib.md5(stem.encode(errors="replace"), usedforsecurity=False).hexdigest()
    return f"{name[: _LONGEST_NAME - 7] or 'log'}_{digest[:6]}"


def _begin(
    store: Store, source: str, plan: ImportMap, path: Path, by: str, now: datetime, *, replace: bool
) -> Origin:
    """Write down that an import begins, or go on with the one that was killed."""
    checksum = checksum_of(plan)
    window = plan.window
    values: dict[str, Any] = {
        "file_name": path.name,
        "file_sha256": _sha256(path),
        "map_checksum": checksum,
        "map_body": body_of(plan),
        "window_from": None if window is None else _midnight(window.from_),
        "window_to": None if window is None else _midnight(window.to) + timedelta(days=1),
        "complete_for": None if window is None else window.complete_for,
        "counts_reassignments": any(rule.action == "reassigned" for rule in plan.rows),
        "imported_by": by,
        "started_at": now,
    }
    with store.engines.write() as connection:
        earlier = [
            one for one in imports.all_imports(connection, source) if one.replaced_at is None
        ]
        present = next((one for one in reversed(earlier) if one.completed_at), None)
        killed = next((one for one in earlier if one.completed_at is None), None)
        if present and not replace and present.map_checksum != checksum:
            raise Refused(
                f"{source} was imported by another map on {present.started_at:%Y-%m-%d}.",
                "Use --replace to import it anew, or give the map another `source`.",
            )
        generation = present.generation if present and not replace else None
        if killed and killed.map_checksum == checksum and _goes_on(killed, generation):
            imports.set_values(connection, killed.import_id, values)
            imports.clear_rejects(connection, killed.import_id)
            return Origin(source, killed.import_id, killed.generation, goes_on=True)
        if killed:
            imports.set_values(connection, killed.import_id, {"replaced_at": now})
        number = imports.begin(connection, {"source": source, **values}, generation)
        return Origin(source, number, generation or number)


def _goes_on(killed: imports.Import, generation: int | None) -> bool:
    """Return whether a killed import is the one wanted: of this generation, or of a new one."""
    is_new = killed.generation == killed.import_id
    return is_new if generation is None else killed.generation == generation


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reject_misplaced(bench: Workbench) -> None:
    """List the rows that belong to no case, or say no time, or repeat another."""
    bench.run(
        f"insert into rejects select {query.LINE}, nullif(__case, ''),"
        " split_part(__reason, ':', 1), substr(__reason, strpos(__reason, ':') + 1), null"
        " from judged where __reason is not null"
    )


def _write_cases(
    store: Store,
    bench: Workbench,
    plan: ImportMap,
    loaded: Loaded,
    types: Mapping[str, str],
    origin: Origin,
    now: datetime,
    listener: Listener,
) -> Cases:
    sql, names = query.telling_sql(plan, list(loaded.columns), types, now)
    teller = Teller(plan, names, _pseudonyms(store, plan))
    cases = Cases(store, plan, names, teller, origin)
    for rejects in cases.write(bench.pages(sql), now):
        bench.append("rejects", REJECT_TYPES, [(*one, None) for one in rejects])
        listener.advance(f"{cases.tally.imported:,} rows")
    return cases


def _pseudonyms(store: Store, plan: ImportMap) -> Callable[[str], str]:
    """Return what people are called in the store: as they are, or not to be known from outside."""
    if plan.people == "keep":
        return str
    key = store.identity()[0].encode()[:64]

    @cache
    def pseudonym(name: str) -> str:
        known = hashlib.blake2b(name.casefold().encode(), key=key, digest_size=5)
        return f"person-{known.hexdigest()}"

    return pseudonym


def _say_why_expressions_fail(bench: Workbench, plan: ImportMap, loaded: Loaded) -> None:
    """Name the expression that failed on a row, for the first rows on which one did."""
    failed = (
        "select line from rejects where reason = 'expression_fails' order by line"
        f" limit {_WHY_FAILS}"
    )
    if not bench.all(f"select 1 from ({failed}) limit 1"):
        return
    given = leaves.lets(plan)
    told = [*given, *leaves.placing(plan), *leaves.telling(plan)]
    rows = f"(select * from rows where {query.LINE} in ({failed}))"
    relation = query.with_lets(list(loaded.columns), given, rows)
    cases = " ".join(
        f"when try({{'v': {leaf.value}}}) is null then {moments.literal(_named(leaf))}"
        for leaf in told
        if not query.looks_back(leaf.sql)
    )
    bench.run(
        "update rejects set detail = why.detail from (select __line as line, case"
        f" {cases} else 'An expression with `prev.` fails.' end as detail from ({relation})) as why"
        " where rejects.line = why.line and rejects.reason = 'expression_fails'"
    )


def _named(leaf: leaves.Leaf) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in leaf.path)
    return f"{path.lstrip('.')} fails on it."


def _finish(
    store: Store, bench: Workbench, origin: Origin, cases: Cases, loaded: Loaded, now: datetime
) -> tuple[dict[str, int], bool]:
    """Let the import count, with what it left out; one that brought nothing leaves no trace.

    Returns:
        How many rows were left out for each reason, and whether only a window was new.
    """
    counted = dict(bench.all("select reason, count(*) from rejects group by 1 order by 2 desc, 1"))
    tally = cases.tally
    if tally.imported == 0 and not origin.goes_on:
        with store.engines.write() as connection:
            has_new_window = imports.declare_window(connection, origin.import_id)
            imports.forget(connection, origin.import_id)
        return counted, has_new_window
    listed = "select line, case_key, reason, detail from rejects order by line"
    for page in bench.pages(listed):
        with store.engines.write() as connection:
            imports.save_rejects(connection, origin.import_id, page)
    with store.batch(now) as batch:
        cases.go_on(batch)
        values = {
            "rows_read": loaded.rows,
            "rows_imported": tally.imported,
            "rows_known": tally.known,
            "rows_rejected": sum(counted.values()),
            "completed_at": now,
        }
        imports.set_values(batch.connection, origin.import_id, values)
        imports.replace_others(batch.connection, origin.source, origin.generation, now)
    return counted, False


def _rejects(bench: Workbench, loaded: Loaded) -> Iterator[Sequence[object]]:
    """Yield the rows that were left out, with what stands in them."""
    cells = ", ".join(
        f"coalesce(cast(rows.{query.quoted(name)} as varchar), '')" for name in loaded.columns
    )
    content = f"concat_ws({moments.literal(loaded.separator)}, {cells})"
    sql = (
        "select rejects.line, rejects.case_key, rejects.reason, rejects.detail,"
        f" coalesce(rejects.content, {content})"
        f" from rejects left join rows on rows.{query.LINE} = rejects.line order by rejects.line"
    )
    for page in bench.pages(sql):
        yield from page
