"""The keys of a team by which its incidents find their person: what may stand there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Protocol

from pydantic import BeforeValidator, Field, StrictInt

from opsloop.assignment import Assign
from opsloop.config.routing.faults import fault_at
from opsloop.config.schema import PersonId, Strict, nothing_is_empty
from opsloop.faults import Fault, Path
from opsloop.words import did_you_mean
from opsloop.yaml_source import YamlSource

OpenItems = Annotated[StrictInt, Field(ge=0)]


class TeamAssignment(Strict):
    """What a team says of how its incidents find their person.

    `limit` is how many open incidents a member may have before rules give them no more; `limits`
    says it for single members, 0 = none by rules.
    """

    assign: Assign = Assign.PULL
    limit: Annotated[StrictInt, Field(ge=1)] | None = None
    limits: Annotated[dict[PersonId, OpenItems], BeforeValidator(nothing_is_empty)] = Field(
        default_factory=dict
    )

    def limit_of(self, person: str) -> int | None:
        """Return how many open incidents the member may have; None = any number."""
        return self.limits.get(person, self.limit)


class Team(Protocol):
    """What the checks look at of a team."""

    @property
    def members(self) -> tuple[str, ...]:
        """Who is in it."""

    @property
    def assign(self) -> Assign:
        """Its way."""

    @property
    def limits(self) -> Mapping[str, int]:
        """Single members' limits."""


def team_faults(source: YamlSource, teams: Mapping[str, Team]) -> Iterator[Fault]:
    """Yield what does not fit together in how the teams of a file assign.

    Args:
        source: the file with these `teams:`, for the lines.
    """
    for name, team in teams.items():
        here: Path = ("teams", name)
        yield from memberless(source, (*here, "assign"), team.assign, name, team)
        for person in team.limits:
            if person not in team.members:
                what = f"'{person}' is no member of '{name}'.{did_you_mean(person, team.members)}"
                remedy = "A limit is for a member: add them to members, or remove it."
                yield fault_at(source, (*here, "limits", person), what, remedy)


def memberless(
    source: YamlSource, path: Path, how: Assign, name: str, team: Team
) -> Iterator[Fault]:
    """Yield a fault where incidents are to be given to members and there are none."""
    if how is not Assign.PULL and not team.members:
        what = f"The team '{name}' has no members to assign to."
        yield fault_at(source, path, what, f"Add members, or assign by {Assign.PULL}.")
