"""Proposals: what the figures say is most worth doing; each can become an improvement."""

from __future__ import annotations

from dataclasses import dataclass, fields

from opsloop.errors import NotFound
from opsloop.improvements import Part
from opsloop.service.figures import parts
from opsloop.service.figures.parts import EVERYTHING, told_apart
from opsloop.warehouse.serving import ServingCopy
from opsloop.words import did_you_mean

TABLE = "rpt_proposals"
WEEKS = 13  # that proposals look back, and by which a monitor is somebody's


@dataclass(frozen=True, slots=True)
class Proposal:
    """A row of `rpt_proposals`.

    Attributes:
        stake_minutes: what it is about, in minutes a week, recorded or estimated; None = unknown.
        recorded_share: how much of these minutes was recorded, of 1; None = unknown.
        stake_incidents: the same in incidents a week.
        rank: 1 = the most worth doing.
        metric: what the improvement would be measured by.
        target_change: the change to aim at, as a share: -0.3 = 30 % less.
    """

    proposal_key: str
    kind: str
    dimension: str
    dimension_value: str
    title: str
    reason: str
    stake_minutes: float | None
    recorded_share: float | None
    stake_incidents: float | None
    rank: int
    metric: str
    target_change: float

    @property
    def part(self) -> Part:
        """The part of the work that it would change."""
        return Part(self.dimension, self.dimension_value)


def proposals(copy: ServingCopy, about: parts.Part = EVERYTHING) -> list[Proposal]:
    """Return what was published, the most worth doing first; nothing before any was.

    Args:
        about: the part of the work that they are about. Most are about monitors; those of another
            part, such as a team, are about the monitors that work for it most of all.
    """
    if not copy.has_table(TABLE):
        return []
    columns = ", ".join(field.name for field in fields(Proposal))
    condition, values = _condition(about)
    rows = copy.query(f"select {columns} from {TABLE} where {condition} order by rank", values)
    return [Proposal(**row) for row in rows]


def _condition(about: parts.Part) -> tuple[str, dict[str, str]]:
    """Return a condition on proposals, with its values, for those about a part of the work."""
    if about == EVERYTHING:
        return "true", {}
    told = told_apart(about.dimension)
    is_of_part = f"{told.condition} and {told.value} = $value"
    condition = f"""
        (dimension = $dimension and dimension_value = $value)
        or (
            dimension = 'monitor'
            and dimension_value in (
                select monitor_id from fct_incidents
                where
                    source is null
                    and opened_at > (
                        select max(opened_at) - interval '{WEEKS} weeks' from fct_incidents
                        where source is null
                    )
                group by monitor_id
                having 2 * count(*) filter (where {is_of_part}) > count(*)
            )
        )
    """
    return condition, {"dimension": about.dimension, "value": about.value, **told.values}


def proposal(copy: ServingCopy, key: str) -> Proposal:
    """Return a proposal; raises NotFound."""
    known = {one.proposal_key: one for one in proposals(copy)}
    if key in known:
        return known[key]
    if not copy.has_table(TABLE):
        raise NotFound(
            "No proposals were published yet.",
            "Run `opsloop publish`, or name title, part and metric yourself.",
        )
    raise NotFound(
        f"There is no proposal '{key}'.{did_you_mean(key, known)}",
        "See `opsloop retro proposals`.",
    )
