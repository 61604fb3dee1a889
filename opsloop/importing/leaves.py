"""The SQL expressions of a map: where each stands, and what it is to give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from opsloop.faults import Path
from opsloop.importing.schema import ImportMap

Kind = Literal["text", "time", "integer", "number", "truth", "any"]

_SQL_TYPES: Mapping[Kind, str] = {
    "text": "varchar",
    "integer": "bigint",
    "number": "double",
    "truth": "boolean",
}
_NUMBERS = ("impact", "minutes")
_NO_LEAVES = (
    "version",
    "source",
    "people",
    "read",
    "window",
    "states",
    "action",
    "once",
    "to_kind",
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One expression.

    Args:
        name: what its value is called in the query.
        path: where it stands in the map.
        kind: what it is to give.
    """

    name: str
    path: Path
    sql: str
    kind: Kind

    @property
    def value(self) -> str:
        """The SQL of its value; a line's end keeps a comment from eating what follows."""
        type_ = _SQL_TYPES.get(self.kind)
        value = f"cast(({self.sql}\n) as {type_})" if type_ else f"({self.sql}\n)"
        if self.kind != "integer":
            return value
        # a cast alone would round; `error` cannot stand within `try`
        is_part = f"cast(({self.sql}\n) as double) <> {value}"
        return f"case when {is_part} then cast('not whole' as bigint) else {value} end"


def with_columns(plan: ImportMap, columns: Iterable[str]) -> ImportMap:
    """Return the map with each leaf that is a column's name quoted, whatever letters it has."""
    names = {name.lower(): '"' + name.replace('"', '""') + '"' for name in columns}

    def named(value: Any) -> Any:
        match value:
            case str():
                return names.get(value.strip().lower(), value)
            case tuple():
                return tuple(map(named, value))
            case dict():
                return {key: named(one) for key, one in value.items()}
            case BaseModel():
                fields = type(value).model_fields
                leaves = {key: getattr(value, key) for key in fields if key not in _NO_LEAVES}
                return value.model_copy(
                    update={key: named(one) for key, one in leaves.items() if one is not None}
                )
            case _:
                return value

    found: ImportMap = named(plan)
    return found


def lets(plan: ImportMap) -> list[Leaf]:
    """Return the names that the map gives to expressions, in their order."""
    return [Leaf(name, ("let", name), sql, "any") for name, sql in plan.let.items()]


def placing(plan: ImportMap) -> list[Leaf]:
    """Return what says to which case a row belongs, when it was, and which row it is."""
    found = [Leaf("case", ("case",), plan.case, "text")]
    if plan.at is not None:
        found.append(Leaf("at", ("at",), plan.at, "time"))
    found += [Leaf(f"o{n}", ("order", n), sql, "any") for n, sql in enumerate(plan.order)]
    found += [Leaf(f"k{n}", ("key", n), sql, "text") for n, sql in enumerate(plan.key)]
    return found


def telling(plan: ImportMap) -> list[Leaf]:
    """Return what says what happened; these may look at `prev.`."""
    found = [
        Leaf(name, (name,), sql, "text")
        for name, sql in (("actor", plan.actor), ("title", plan.title))
        if sql is not None
    ]
    found += _fields("set", ("set",), plan.set)
    found += _fields("fact", ("facts",), plan.facts)
    for n, rule in enumerate(plan.rows):
        found += _fields(f"r{n}", ("rows", n), rule)
    return found


def _fields(prefix: str, path: Path, group: BaseModel) -> Iterator[Leaf]:
    for name, field in type(group).model_fields.items():
        value = getattr(group, name)
        if value is None or name in _NO_LEAVES:
            continue
        key = field.alias or name
        yield Leaf(f"{prefix}_{key}", (*path, key), value, _kind_of(key))


def _kind_of(key: str) -> Kind:
    match key:
        case "at":
            return "time"
        case "when":
            return "truth"
        case "delta":
            return "integer"
        case _:
            return "number" if key in _NUMBERS else "text"
