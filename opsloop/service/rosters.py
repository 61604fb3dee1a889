"""Who is a member of which team, mirrored into the warehouse, where capacity is counted from it."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from opsloop.config import Team
from opsloop.warehouse import Warehouse, require_mirror

TABLE = "team_members"
SCHEMA = pa.schema([("team", pa.string()), ("person", pa.string())])


def mirror_rosters(teams: Mapping[str, Team], warehouse: Warehouse) -> int:
    """Let the warehouse know these teams' members and no others; returns how many rows that are.

    Args:
        teams: by name, as opsloop.yml has them now.
        warehouse: opened for writing.
    """
    require_mirror(warehouse, (TABLE,))
    rows = [
        {"team": name, "person": person}
        for name, team in sorted(teams.items())
        for person in sorted(team.members)
    ]
    pages = {TABLE: [pa.Table.from_pylist(rows, schema=SCHEMA)]}
    return warehouse.append_to_mirror(pages, replace=True)[TABLE]
