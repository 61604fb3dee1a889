"""Which part of the work figures tell of: all of it, a team's, a monitor's, an imported log's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from opsloop.errors import NotFound
from opsloop.words import did_you_mean

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

Row = dict[str, Any]

NOBODYS = "(none)"  # how figures call what has no team, no monitor, no type
TOTAL, TEAM, MONITOR, SOURCE = "total", "team", "monitor", "source"
IN_ORDER = (TOTAL, TEAM, MONITOR, "priority", "class", "type", "entity_type")
# dimension → the column of fct_incidents that it tells apart by
COLUMNS: Mapping[str, str] = {
    TEAM: "team",
    MONITOR: "monitor_id",
    "priority": "priority",
    "class": "class",
    "type": "type",
    "entity_type": "entity_type",
}


class Part(NamedTuple):
    """A part of the work: a dimension of the figures and one of its values."""

    dimension: str = TOTAL
    value: str = "all"


EVERYTHING = Part()


def dimensions(copy: ServingCopy) -> list[str]:
    """Return what figures are told apart by, those that every figure knows first."""
    rows = copy.query("select distinct dimension from dim_parts")
    found = {row["dimension"] for row in rows}
    others = sorted(found - {*IN_ORDER})
    return [*(one for one in IN_ORDER if one in found), *others]


def values(copy: ServingCopy, dimension: str) -> list[str]:
    """Return the values of a dimension that the figures know, the busiest first."""
    sql = """
        select dimension_value from dim_parts
        where dimension = ? order by incidents desc, dimension_value
    """
    return [row["dimension_value"] for row in copy.query(sql, [dimension])]


def require_dimension(copy: ServingCopy, dimension: str) -> None:
    """Raise NotFound, with the nearest name, if no figures are told apart by this dimension."""
    known = dimensions(copy)
    if dimension not in known:
        near = did_you_mean(dimension, known)
        raise NotFound(
            f"No figures are told apart by '{dimension}'.{near}", f"Known: {', '.join(known)}."
        )


def is_known(copy: ServingCopy, part: Part) -> bool:
    """Return whether there are figures of a part."""
    return part.value in values(copy, part.dimension)


def require_known(copy: ServingCopy, part: Part) -> None:
    """Raise NotFound, with the nearest name, if there are no figures of a part."""
    if is_known(copy, part):
        return
    known = values(copy, part.dimension)
    near = did_you_mean(part.value, known)
    if part.dimension == SOURCE:
        raise NotFound(
            f"Nothing was imported from '{part.value}'.{near}",
            "`opsloop import` brings another system's log in; then `opsloop publish`.",
        )
    raise NotFound(
        f"No incident belongs to a {part.dimension} '{part.value}'.{near}",
        "`opsloop retro` lists those that the figures know.",
    )


def of_part(copy: ServingCopy, table: str, part: Part, order: str, columns: str = "*") -> list[Row]:
    """Return a part's rows of a table that tells parts apart.

    Args:
        table, order, columns: SQL of the caller's own, never of a reader's.
    """
    sql = f"""
        select {columns} from {table}
        where dimension = ? and dimension_value = ? order by {order}
    """
    return copy.query(sql, list(part))


def of_dimensions(shown: Sequence[str], source: str | None) -> tuple[str, dict[str, Sequence[str]]]:
    """Return a condition on published rows, with its values, for a list of parts.

    Args:
        shown: dimensions.
        source: the imported log to show alone, whatever the dimensions.
    """
    if source is not None:
        return "dimension = 'source' and dimension_value = $source", {"source": source}
    return "dimension in (select unnest($shown))", {"shown": list(shown)}


@dataclass(frozen=True, slots=True)
class ToldApart:
    """How incidents are told apart: SQL over `fct_incidents`, with its values.

    Attributes:
        value: the incident's value in the dimension.
        condition: whether it counts there at all: what was imported counts for its source alone,
            and a column of evidence tells apart what its own monitor found.
    """

    value: str
    condition: str
    values: dict[str, str]


def told_apart(dimension: str, part: Part = EVERYTHING) -> ToldApart:
    """Return how incidents are told apart by a dimension of the figures.

    Args:
        part: the part of the work they belong to: within an imported log, its own are told apart.

    Raises:
        NotFound: figures know no such dimension.
    """
    counts = "source is not null" if SOURCE in (dimension, part.dimension) else "source is null"
    if dimension == TOTAL:
        return ToldApart("'all'", counts, {})
    if dimension == SOURCE:
        return ToldApart("source", counts, {})
    if dimension in COLUMNS:
        return ToldApart(f"coalesce({COLUMNS[dimension]}, '{NOBODYS}')", counts, {})
    monitor, dot, column = dimension.partition(".")
    if not dot:
        raise NotFound(f"No figures are told apart by '{dimension}'.")
    return ToldApart(
        f"coalesce(cast(evidence as json) ->> $evidence_column, '{NOBODYS}')",
        "source is null and monitor_id = $evidence_monitor",
        {"evidence_column": column, "evidence_monitor": monitor},
    )


def belonging(part: Part, team: str = "team") -> tuple[str, dict[str, str]]:
    """Return a condition on facts about incidents, with its values, for those of a part.

    The condition reads `incident_id`, and for a team the fact's own column: who asked, or who
    worked, need not have the incident now.

    Args:
        team: the fact's column with the team.
    """
    incidents = "incident_id in (select incident_id from fct_incidents where {})"
    if part.dimension == TOTAL:
        return incidents.format("source is null"), {}
    if part.dimension == TEAM:
        lives_here = incidents.format("source is null")
        return f"coalesce({team}, '{NOBODYS}') = $value and {lives_here}", {"value": part.value}
    told = told_apart(part.dimension)
    condition = incidents.format(f"{told.condition} and {told.value} = $value")
    return condition, {**told.values, "value": part.value}
