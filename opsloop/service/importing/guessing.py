"""Guessing a first map: the file's columns profiled on the workbench."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from opsloop.errors import Refused
from opsloop.importing import guess, moments, query, vocabulary
from opsloop.importing.guess import Column, Flow, Times
from opsloop.importing.schema import ReadSettings
from opsloop.service.importing import name_of
from opsloop.service.importing.table import blank_nulls, load
from opsloop.warehouse.workbench import Workbench, workbench

_SAMPLE = 5_000  # values of a column that are tried as times
_LONGEST_TIME = 100  # letters
_MAY_BE_TIME = (
    "value between '0' and ':' and value similar to '.*[0-9]{4}.*'"
    f" and length(value) < {_LONGEST_TIME}"
)
_FEW = 200  # different values that are words


def guess_map(path: Path, now: datetime) -> str:
    """Return a first map for a file, as YAML with comments.

    Args:
        now: UTC.

    Raises:
        ImportFileError: the file cannot be read.
        Refused: it has no rows, or no column that could tell cases apart.
    """
    with workbench() as bench:
        loaded = load(bench, path, ReadSettings())
        if not bench.all("select 1 from rows limit 1"):
            raise Refused(f"{path.name} has no rows to guess from.", "Export it again.")
        texts = [name for name, type_ in loaded.columns.items() if type_ == "VARCHAR"]
        marks = _null_marks(bench, texts)
        blank_nulls(bench, texts, marks)
        for statement in moments.macros(ReadSettings(), now):
            bench.run(statement)
        times = _times(bench, loaded.columns)
        columns = [_profiled(bench, name, times[name]) for name in loaded.columns]
        case = guess.case_column(columns)
        if case is None:
            raise Refused(
                f"No column of {path.name} tells cases apart.",
                "Write the map by hand: docs/import.md.",
            )
        columns = [replace(one, per_case=_per_case(bench, one.name, case)) for one in columns]
        found = guess.roles_of(columns, case)
        for statement in moments.reading(
            sorted({one.format for one in times.values() if one.format})
        ):
            bench.run(statement)
        flows = _flows(bench, found, loaded.columns)
        return guess.written(
            found,
            columns,
            source=name_of(path),
            null_marks=marks,
            window=guess.window_of(flows),
            is_key=_is_key(bench, found),
        )


def _null_marks(bench: Workbench, columns: Sequence[str]) -> list[str]:
    listed = ", ".join(map(moments.literal, vocabulary.NULL_MARKS))
    found: set[str] = set()
    for name in columns:
        column = f"trim({query.quoted(name)})"
        rows = bench.all(f"select distinct {column} from rows where {column} in ({listed})")
        found |= {row[0] for row in rows}
    return [mark for mark in vocabulary.NULL_MARKS if mark in found]


def _profiled(bench: Workbench, name: str, times: Times) -> Column:
    column = query.quoted(name)
    text = f"trim(cast({column} as varchar))"
    rows, filled, distinct, whole = bench.all(
        f"select count(*), count({column}), count(distinct {column}),"
        f" count(*) filter (where regexp_full_match({text}, '-?[0-9]+')) from rows"
    )[0]
    words: tuple[str, ...] = ()
    if distinct <= _FEW:
        sql = f"select {text} as word, count(*) from rows where {column} is not null group by 1"
        words = tuple(row[0] for row in bench.all(f"{sql} order by 2 desc, 1"))
    return Column(name, rows, filled, distinct, times, filled > 0 and whole == filled, words)


def _times(bench: Workbench, types: Mapping[str, str]) -> dict[str, Times]:
    """Return how each column says times, as an import would read them."""
    found = {
        name: Times(1.0 if type_.startswith(("TIMESTAMP", "DATE")) else 0.0)
        for name, type_ in types.items()
    }
    sizes = _sampled(bench, [name for name, type_ in types.items() if type_ == "VARCHAR"])
    best = dict.fromkeys(sizes, (0, 0))
    for format_ in (None, *_formats()):
        if not bench.all("select 1 from sampled limit 1"):
            break
        for statement in moments.reading([format_] if format_ else []):
            bench.run(statement)
        for name, read, told, words in _read(bench):
            if (read, told) > best[name]:
                best[name] = read, told
                found[name] = Times(told / sizes[name], format_, tuple(sorted(words or ())))
            if read == sizes[name]:
                bench.run("delete from sampled where name = ?", [name])
    return found


def _formats() -> Iterator[str]:
    """Yield the formats that are tried beside ISO 8601: as they are, with offset, with a zone."""
    for one in vocabulary.TIME_FORMATS:
        yield one
        if "%M" in one:
            yield from (f"{one} %z", f"{one} %Z")


def _sampled(bench: Workbench, texts: Sequence[str]) -> dict[str, int]:
    """Make the table `sampled` of values that may be times; returns of how many, by column."""
    bench.run("create table sampled (name varchar, value varchar, number bigint)")
    sizes = {}
    for name in texts:
        column = query.quoted(name)
        values = (
            f"select left(trim({column}), {_LONGEST_TIME}) as value from rows"
            f" where {column} is not null limit {_SAMPLE}"
        )
        bench.run(
            f"insert into sampled select ?, value, count(*) from ({values}) group by value", [name]
        )
        sizes[name] = bench.all("select sum(number) from sampled where name = ?", [name])[0][0]
    bench.run(f"delete from sampled where not ({_MAY_BE_TIME})")
    return sizes


def _read(bench: Workbench) -> list[tuple[str, int, int, list[str] | None]]:
    """Return of each column how many values are read, how many are times, and unknown zones."""
    return bench.all(
        "select name, coalesce(sum(number) filter (where zone is null), 0), sum(number),"
        " list(distinct zone) filter (where zone is not null) from"
        " (select name, number, opsloop_time(value) as time, opsloop_unknown_zone(value) as zone"
        " from sampled) where time is not null group by name"
    )


def _per_case(bench: Workbench, name: str, case: str) -> float:
    column, key = query.quoted(name), query.quoted(case)
    sql = f"select count(distinct {column}) as number from rows group by {key}"
    return float(bench.all(f"select coalesce(avg(number), 0) from ({sql})")[0][0])


def _is_key(bench: Workbench, roles: Mapping[str, str]) -> bool:
    if "sequence" not in roles:
        return False
    pair = ", ".join(query.quoted(roles[role]) for role in ("case", "sequence"))
    return bench.all(f"select count(*) = count(distinct ({pair})) from rows")[0][0] is True


def _flows(bench: Workbench, roles: Mapping[str, str], types: Mapping[str, str]) -> list[Flow]:
    """Return how many cases began and ended in each month, the empty ones included."""
    if "at" not in roles:
        return []
    at = _moment(roles["at"], types)
    opened = _moment(roles["opened_at"], types) if "opened_at" in roles else at
    cases = (
        f"select min({opened}) as begun, max({at}) as ended from rows"
        f" group by {query.quoted(roles['case'])}"
    )
    rows = bench.all(
        f"""with cases as ({cases}),
        months as (
            select unnest(generate_series(
                date_trunc('month', min(begun)), date_trunc('month', max(ended)), interval 1 month
            )) as month
            from cases
        ),
        begun as (select date_trunc('month', begun) as month, count(*) as n from cases group by 1),
        ended as (select date_trunc('month', ended) as month, count(*) as n from cases group by 1)
        select months.month::date, coalesce(begun.n, 0), coalesce(ended.n, 0)
        from months left join begun using (month) left join ended using (month) order by 1"""
    )
    return [Flow(*row) for row in rows]


def _moment(name: str, types: Mapping[str, str]) -> str:
    column = query.quoted(name)
    if types[name] != "VARCHAR":
        return f"cast({column} as timestamp)"
    return f"opsloop_time({column})"
