"""The SQL of an import: from the file's rows to what each says happened, case by case. Pure.

The file stands in the table `rows` (`__line` and its columns). `judged_sql` places every row or
says why it cannot be placed; `telling_sql` evaluates the rest of the map over the placed ones.
An expression that fails fails its row alone: `try` over a struct tells that from a null.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from opsloop.importing import leaves
from opsloop.importing.leaves import Leaf
from opsloop.importing.schema import ImportMap
from opsloop.importing.zones import FIRST

# what a row's line is called inside; `line` for the map, unless a column of the file is called so
LINE = "__line"
_PREVIOUS = re.compile(r'\bprev\s*\.\s*(?:"((?:[^"]|"")+)"|(\w+))', re.IGNORECASE)


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def with_lets(columns: Sequence[str], given: Sequence[Leaf], source: str = "rows") -> str:
    """Return the file's rows with the map's names; each sees those before it."""
    line = "" if "line" in (column.lower() for column in columns) else f", {LINE} as line"
    sql = f"select *{line} from {source}"
    for place, one in enumerate(given):
        sql = f"select *, try({{'v': {one.value}}}) as __let{place} from ({sql})"
        sql = f"select *, __let{place}.v as {quoted(one.name)} from ({sql})"
    return sql


def judged_sql(
    plan: ImportMap, columns: Sequence[str], types: Mapping[str, str], now: datetime
) -> str:
    """Return the SQL that places each row, with the reason why not in `__reason`.

    Args:
        columns: of the file.
        types: of the leaves that give times, by name.
        now: no row may be later, UTC.
    """
    given = leaves.lets(plan)
    placing = leaves.placing(plan)
    times = [one for one in placing if one.kind == "time"]
    orders = [one.name for one in placing if one.path[0] == "order"]
    keys = [one.name for one in placing if one.path[0] == "key"]
    sql = f"select *, {_struct(placing)} as __k from ({with_lets(columns, given)})"
    sql = _with_times(sql, "__k", times, types, now)
    identity = _joined([f"__k.{name}" for name in keys], "' / '") if keys else _digest(columns)
    kept = ", ".join([LINE, *map(quoted, columns), *(quoted(one.name) for one in given)])
    ordered = "".join(f", __k.{name} as __{name}" for name in orders)
    named = "" if "line" in (column.lower() for column in columns) else ", line"
    sql = (
        f"select {kept}{named}, {_case(placing)} as __case, __u_at as __at,"
        " __f_at as __fault,"
        f" __k is null{''.join(f' or __let{n} is null' for n in range(len(given)))} as __fails,"
        f" {identity} as __identity{ordered} from ({sql})"
    )
    sql = (
        f"select *, row_number() over same as __nth, first_value({LINE}) over same as __like"
        f" from ({sql}) window same as (partition by __identity order by {LINE})"
    )
    is_repeat = "__nth > 1" if keys else "false"
    return (
        "select * exclude (__fails, __fault), case"
        " when __fails then 'expression_fails:'"
        " when coalesce(__case, '') = '' then 'no_case:'"
        " when __fault is not null then __fault"
        " when __at is null then 'no_time:'"
        f" when {is_repeat} then 'repeat:' || 'It repeats line ' || __like || '.'"
        f" end as __reason from ({sql})"
    )


def telling_sql(
    plan: ImportMap, columns: Sequence[str], types: Mapping[str, str], now: datetime
) -> tuple[str, list[str]]:
    """Return the SQL of what the placed rows say, case after case, and the names of its columns."""
    told = leaves.telling(plan)
    times = [one for one in told if one.kind == "time"]
    others = [one for one in told if one.kind != "time"]
    names = _names(columns, list(plan.let))
    orders = _orders(plan) or ["__at"]
    sql = (
        f"select *, {_previous(told, names)}, min(__at) over (partition by __case) as __begins,"
        " row_number() over sequence as __place from judged where __reason is null"
        f" window sequence as (partition by __case order by {', '.join([*orders, LINE])})"
    )
    sql = f"select *, {_struct(told)} as __v from ({sql})"
    sql = _with_times(sql, "__v", times, types, now)
    values = [f"__v.{quoted(one.name)}" for one in others]
    values += [f"{part}{one.name}" for one in times for part in ("__u_", "__f_")]
    fixed = [LINE, "__case", "__at", "__identity", "__nth", "__v is null"]
    fixed.append(f"__case in ({_without_start(plan)})")
    ordered = f"select {', '.join([*fixed, *values])} from ({sql}) order by __begins, __case, "
    found = ["line", "case", "at", "identity", "nth", "fails", "lacks_start"]
    found += [one.name for one in others]
    found += [f"{one.name}{end}" for one in times for end in ("", "_fault")]
    return ordered + "__place", found


def _orders(plan: ImportMap) -> list[str]:
    return [f"__o{n}" for n in range(len(plan.order))]


def _without_start(plan: ImportMap) -> str:
    """Return the SQL of the cases of which a row before the first was left out.

    Without an order, a row that says no time stands where it stands in the file, which may run
    down or up in time.
    """
    lost = (
        "__reason is not null and not starts_with(__reason, 'repeat:')"
        " and not starts_with(__reason, 'time_in_the_future:')"
    )
    rows = (
        f"from judged where (__reason is null or {lost})"
        f" and __case in (select __case from judged where {lost} and __case <> '')"
    )
    kept, left_out = "filter (where __reason is null)", "filter (where __reason is not null)"
    if plan.order:
        by = ", ".join([*_orders(plan), LINE])
        return (
            "select __case from (select __case, __reason, row_number() over"
            f" (partition by __case order by {by}) as place {rows}) group by __case"
            f" having min(place) {left_out} < min(place) {kept}"
            " or bool_or(starts_with(__reason, 'expression_fails:'))"
        )
    by = f"order by __at, {LINE}"
    return (
        f"select __case from (select __case, first({LINE} {by}) {kept} as begins,"
        f" last({LINE} {by}) {kept} as ends, min({LINE}) {left_out} as above,"
        f" max({LINE}) {left_out} as below {rows} group by __case)"
        " where case when begins <= ends then above < begins else below > begins end"
    )


def bindable(columns: Mapping[str, str], given: Sequence[Leaf], *, with_previous: bool) -> str:
    """Return an empty relation against which an expression can be bound.

    Args:
        columns: the file's, with their types.
        given: the names of the map that are sound.
    """
    sql = with_lets(list(columns), given)
    if not with_previous:
        return sql
    names = _names(columns, [one.name for one in given])
    packed = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in names)
    return f"select *, struct_pack({packed}) as prev from ({sql})"


def _names(columns: Iterable[str], given: Sequence[str]) -> list[str]:
    """Return what the map may name: columns, its own names, and the line."""
    found = {name.lower(): name for name in ("line", *given, *columns)}
    return list(found.values())


def _previous(told: Sequence[Leaf], names: Sequence[str]) -> str:
    """Return the SQL of `prev`: what the map asks of the row before, nothing else."""
    asked = {
        (one or two).replace('""', '"').lower()
        for leaf in told
        for one, two in _PREVIOUS.findall(leaf.sql)
    }
    used = [name for name in names if name.lower() in asked]
    if not used:
        return "null as prev"
    packed = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in used)
    return f"lag(struct_pack({packed})) over sequence as prev"


def _struct(given: Sequence[Leaf]) -> str:
    if not given:
        return "{'nothing': 0}"
    return "try({" + ", ".join(f"'{one.name}': {one.value}" for one in given) + "})"


def _case(placing: Sequence[Leaf]) -> str:
    """Return the SQL of a row's case, also where another expression fails on it."""
    [case] = [one for one in placing if one.path == ("case",)]
    alone = f"try({{'v': {case.value}}}).v"
    return f"trim(coalesce(__k.{quoted(case.name)}, {alone}))"


def _with_times(
    sql: str, struct: str, times: Sequence[Leaf], types: Mapping[str, str], now: datetime
) -> str:
    """Return the query with `__u_name` (UTC) and `__f_name` (what is wrong) of each time."""
    if not times:
        return sql
    first, last = (f"timestamp '{moment.replace(tzinfo=None)}'" for moment in (FIRST, now))
    parsed, moved, judged = [], [], []
    for one in times:
        value = f"{struct}.{quoted(one.name)}"
        name, local, word, exact = (f"__{part}_{one.name}" for part in "mlwz")
        told = zip(_by_type(value, types[one.name]), (local, word, exact), strict=True)
        parsed.append(", ".join(f"{sql_} as {called}" for sql_, called in told))
        moved.append(
            f"case when {exact} is not null then {exact} when {word} is null"
            f" then opsloop_utc({local}) else opsloop_utc_of({local}, {word}) end as {name}"
        )
        text = f"left(cast({value} as varchar), 60)"
        judged.append(
            f"case when {name} between {first} and {last} then {name} end as __u_{one.name},"
            f" case when coalesce(trim(cast({value} as varchar)), '') = '' then null"
            f" when {name} is null and {local} is null then 'time_not_understood:' || {text}"
            f" when {name} is null and {word} is not null and opsloop_known_zone({word}) is null"
            f" then 'time_in_unknown_zone:' || {text}"
            f" when {name} is null then 'time_at_clock_change:' || {text}"
            f" when {name} < {first} then 'time_out_of_range:' || {text}"
            f" when {name} > {last} then 'time_in_the_future:' || {text} end as __f_{one.name}"
        )
    for layer in (parsed, moved, judged):
        sql = f"select *, {', '.join(layer)} from ({sql})"
    return sql


def _by_type(value: str, type_: str) -> tuple[str, str, str]:
    """Return the SQL of a time as local time, the zone it names, and as UTC."""
    match type_:
        case "VARCHAR":
            return f"opsloop_local({value})", f"opsloop_zone({value})", f"opsloop_absolute({value})"
        case "TIMESTAMP WITH TIME ZONE":
            return "null::timestamp", "null::varchar", f"timezone('UTC', {value})"
        case _:
            return f"cast({value} as timestamp)", "null::varchar", "null::timestamp"


def _joined(parts: Sequence[str], between: str) -> str:
    return f" || {between} || ".join(f"coalesce({part}, '')" for part in parts)


def _digest(columns: Sequence[str]) -> str:
    """Return the SQL by which a row is known again: its content, whatever its columns' order."""
    texts = [f"cast({quoted(column)} as varchar)" for column in sorted(columns)]
    cells = _joined(texts, "chr(31)")
    return f"left(md5({cells}), 16)"


def looks_back(sql: str) -> bool:
    """Return whether an expression asks for the row before."""
    return re.search(r"\bprev\b", sql, re.IGNORECASE) is not None
