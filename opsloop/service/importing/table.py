"""The file of an import on the workbench: read, cut off, and every expression of the map bound."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from opsloop.errors import WarehouseError
from opsloop.faults import Fault, dotted
from opsloop.importing import leaves, moments, query
from opsloop.importing.leaves import Leaf
from opsloop.importing.maps import faulty
from opsloop.importing.reading import (
    LONGEST_ROW,
    ImportFileError,
    TextTable,
    Unread,
    text_table,
)
from opsloop.importing.schema import ImportMap, ReadSettings
from opsloop.warehouse.workbench import SqlError, Workbench
from opsloop.words import did_you_mean
from opsloop.yaml_source import YamlSource

REJECT_TYPES = ("bigint", *["varchar"] * 4)  # line, case, reason, details, content
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "VARCHAR")
_PARQUET = b"PAR1"  # a Parquet file begins and ends with it
_MOST_TIMES = 0.98  # the share of a column's values that must be times for it to be one


@dataclass(frozen=True, slots=True)
class Loaded:
    """The file's rows on the workbench, in the table `rows`.

    Args:
        columns: with their types.
        rows: how many there were, those included that are none.
        recoded: how many places were read as Windows-1252.
    """

    columns: Mapping[str, str]
    rows: int
    recoded: int
    separator: str


def load(bench: Workbench, path: Path, settings: ReadSettings) -> Loaded:
    """Read a file onto the workbench and cut it off; rows that are none go to `rejects`.

    Raises:
        ImportFileError: it cannot be read.
    """
    bench.run(
        "create table rejects (line bigint, case_key varchar, reason varchar, detail varchar,"
        " content varchar)"
    )
    if not path.exists():
        raise ImportFileError(f"There is no file {path}.", "Check the path.")
    if not path.is_file():
        raise ImportFileError(f"{path} is no file.", "Name the file of the log.")
    if _is_parquet(path):
        _read_parquet(bench, path)
        bench.lock()
        types = _without_line(bench.columns("rows"))
        texts = [name for name, type_ in types.items() if type_ == "VARCHAR"]
        blank_nulls(bench, texts, settings.null)
        rows = _count(bench)
        _reject_nul_bytes(bench, texts)
        return Loaded(types, rows, 0, ",")
    with text_table(path, settings) as table:
        rejected = _load_text(bench, table)
    bench.lock()
    blank_nulls(bench, table.columns, settings.null)
    return Loaded(
        dict.fromkeys(table.columns, "VARCHAR"),
        _count(bench) + rejected,
        table.recoded[0],
        table.separator,
    )


def _load_text(bench: Workbench, table: TextTable) -> int:
    """Make the table `rows`; returns how many rows were none."""
    rejected = 0

    def good() -> Iterator[tuple[object, ...]]:
        nonlocal rejected
        for rows, bad in table.batches:
            bench.append("rejects", REJECT_TYPES, [_reject(one, table.separator) for one in bad])
            rejected += len(bad)
            yield from rows

    bench.read_rows((query.LINE, *table.columns), good(), LONGEST_ROW)
    return rejected


def _reject(row: Unread, separator: str) -> tuple[int, None, str, str, str]:
    content = separator.join(row.cells).replace("\0", "\N{REPLACEMENT CHARACTER}")
    return row.line, None, row.reason, row.detail, content


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_PARQUET)) == _PARQUET


def _read_parquet(bench: Workbench, path: Path) -> None:
    with path.open("rb") as file:
        file.seek(-len(_PARQUET), os.SEEK_END)
        is_whole = file.read() == _PARQUET
    if not is_whole:
        raise ImportFileError(
            f"{path.name} cannot be read: its end is missing.", "Export it again: it is not whole."
        )
    try:
        bench.read_parquet(path)
    except WarehouseError as error:
        what = f"{path.name} cannot be read: {error.message.rstrip('.')}."
        remedy = error.remedy or "Check the file, or export it again."
        raise ImportFileError(what, remedy) from error


def _reject_nul_bytes(bench: Workbench, texts: Sequence[str]) -> None:
    """List the rows of typed columns that hold what no text may."""
    found = " or ".join(f"contains({query.quoted(name)}, chr(0))" for name in texts) or "false"
    bench.run(
        f"insert into rejects select {query.LINE}, null, 'nul_byte',"
        f" 'It holds a NUL byte, which is no text.', null from rows where {found}"
    )
    bench.run(f"delete from rows where {found}")


def _without_line(types: Mapping[str, str]) -> dict[str, str]:
    return {name: type_ for name, type_ in types.items() if name != query.LINE}


def _count(bench: Workbench) -> int:
    return int(bench.all("select count(*) from rows")[0][0])


def blank_nulls(bench: Workbench, texts: Sequence[str], marks: Sequence[str]) -> None:
    """Let cells that are empty, or say that they are, be null."""
    if not texts:
        return
    empty = ", ".join(map(moments.literal, ("", *marks)))
    cells = ", ".join(
        f"case when trim({name}) in ({empty}) then null else {name} end as {name}"
        for name in map(query.quoted, texts)
    )
    bench.run(f"create table blanked as select * replace ({cells}) from rows")
    bench.run("drop table rows")
    bench.run("alter table blanked rename to rows")


def require_formats(bench: Workbench, formats: Sequence[str], source: YamlSource) -> None:
    """Refuse formats by which no time can be read.

    Raises:
        ConfigError: names each with its line and remedy.
    """
    faults = []
    for place, format_ in enumerate(formats):
        try:
            bench.columns(f"select try_strptime('', {moments.literal(format_)})")
        except SqlError:
            line = source.line_of(("read", "time", place))
            what = f"'{format_}' is no format of a time."
            remedy = "Write one as for `strptime`, such as `%d/%m/%Y %H:%M`."
            faults.append(Fault(source.file, line, "read.time", what, remedy))
    if faults:
        raise faulty(faults)


def with_row_time(
    bench: Workbench, plan: ImportMap, columns: Mapping[str, str], source: YamlSource
) -> ImportMap:
    """Return the map with `at`: what it says, or the one column that has a time in every row.

    Raises:
        ConfigError: none has, or several do.
    """
    if plan.at is not None:
        return plan
    taken = {rule.at for rule in plan.rows if rule.at is not None}
    found = [name for name in time_columns(bench, columns) if name not in taken]
    if len(found) == 1:
        return plan.model_copy(update={"at": query.quoted(found[0])})
    remedy = (
        f"Name one of: {', '.join(found)}." if found else "Name the column of each row's own time."
    )
    what = "It is not said when a row was written."
    raise faulty([Fault(source.file, None, "at", what, remedy)])


def time_columns(bench: Workbench, columns: Mapping[str, str]) -> list[str]:
    """Return the columns of which every row says a time; needs the macros."""
    found = []
    for name, type_ in columns.items():
        column = query.quoted(name)
        if type_ != "VARCHAR":
            if type_ in _TIMES:
                found.append(name)
            continue
        counts = f"count({column}), count(opsloop_time({column})), count(*)"
        sql = f"select {counts} from (from rows limit 20000)"
        filled, times, rows = bench.all(sql)[0]
        if rows and filled == rows and times >= _MOST_TIMES * rows:
            found.append(name)
    return found


def bind(
    bench: Workbench, plan: ImportMap, columns: Mapping[str, str], source: YamlSource
) -> dict[str, str]:
    """Bind every expression of a map against the file; returns the types of those that give times.

    Raises:
        ConfigError: some cannot be; names each with its line, key and remedy.
    """
    faults: list[Fault] = []
    types: dict[str, str] = {}
    sound: list[Leaf] = []
    for leaf in leaves.lets(plan):
        if any(leaf.name.lower() == name.lower() for name in columns):
            what = f"'{leaf.name}' is a column of the file."
            faults.append(_fault(source, leaf, what, "Call it otherwise."))
        elif _bound(bench, leaf, columns, sound, source, faults, with_previous=False) is None:
            sound.append(replace(leaf, sql="null::varchar"))  # what stands on it is not to blame
        else:
            sound.append(leaf)
    for leaf in leaves.placing(plan):
        _check(bench, leaf, columns, sound, source, faults, types, with_previous=False)
    for leaf in leaves.telling(plan):
        _check(bench, leaf, columns, sound, source, faults, types, with_previous=True)
    if faults:
        raise faulty(faults)
    return types


def _check(
    bench: Workbench,
    leaf: Leaf,
    columns: Mapping[str, str],
    sound: Sequence[Leaf],
    source: YamlSource,
    faults: list[Fault],
    types: dict[str, str],
    *,
    with_previous: bool,
) -> None:
    type_ = _bound(bench, leaf, columns, sound, source, faults, with_previous=with_previous)
    if type_ is None or leaf.kind != "time":
        return
    types[leaf.name] = type_
    if not (type_ in _TIMES or type_.startswith("TIMESTAMP")):
        what = f"It gives {type_}, which is no time."
        faults.append(_fault(source, leaf, what, "Write `to_timestamp(seconds)`, or a text."))


def _bound(
    bench: Workbench,
    leaf: Leaf,
    columns: Mapping[str, str],
    sound: Sequence[Leaf],
    source: YamlSource,
    faults: list[Fault],
    *,
    with_previous: bool,
) -> str | None:
    """Return an expression's type; None if it is at fault, which is noted."""
    relation = query.bindable(columns, sound, with_previous=with_previous)
    asked = f"select {query.LINE}, ({leaf.sql}\n) as one, try({{'v': {leaf.value}}}) as two"
    try:
        found = bench.columns(f"{asked} from ({relation})")
    except SqlError as error:
        faults.append(_refused(source, leaf, error, [*columns, *(one.name for one in sound)]))
        return None
    return found["one"]


def _refused(source: YamlSource, leaf: Leaf, error: SqlError, known: Sequence[str]) -> Fault:
    word = leaf.sql.strip()
    is_name = word.isidentifier() and word.lower() not in ("prev", *(one.lower() for one in known))
    if error.kind == "column" or is_name:  # DuckDB knows of no column that is called as its words
        name = error.name or word
        what = f"There is no column '{name}'.{did_you_mean(name, known)}"
        return _fault(source, leaf, what, f"Columns: {', '.join(known)}.")
    if "prev" in error.message and leaf.path[0] in ("let", "case", "at", "order", "key"):
        what = "The row before is not known here."
        return _fault(source, leaf, what, "Use `prev.` under set, rows and facts.")
    if "GROUP BY" in error.message or "aggregate" in error.message:
        return _fault(source, leaf, "It looks at many rows.", "Use this row's columns and `prev.`.")
    remedy = "Mend the SQL; a name with other than letters and digits stands in double quotes."
    return _fault(source, leaf, f"It cannot be used: {error.message}.", remedy)


def _fault(source: YamlSource, leaf: Leaf, what: str, remedy: str) -> Fault:
    line = source.line_of(leaf.path)
    return Fault(source.file, line, dotted(leaf.path), what, remedy)
