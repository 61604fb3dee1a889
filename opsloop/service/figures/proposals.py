"""What to do about it: proposals, the most promising first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import TOTAL, Part, Row

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def proposals(copy: ServingCopy, part: Part | None = None, limit: int | None = None) -> list[Row]:
    """Return what is proposed for a part of the work, or for all of it, by rank.

    Args:
        limit: at most so many; None = all.
    """
    named = None if part is None or part.dimension == TOTAL else part
    sql = """
        select * from rpt_proposals
        where $dimension is null or (dimension = $dimension and dimension_value = $value)
        order by rank limit $limit
    """
    values = {
        "dimension": named.dimension if named else None,
        "value": named.value if named else None,
        "limit": limit,
    }
    return copy.query(sql, values)
