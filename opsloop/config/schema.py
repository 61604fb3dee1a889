"""What may stand in opsloop.yml and in the files it includes: teams and people, by their keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from opsloop.faults import refuse
from opsloop.types import ResolutionCode, Severity

Priority = Literal["P1", "P2", "P3", "P4"]


def _person_id(value: str) -> str:
    if not value or len(value) > 100 or any(letter.isspace() or letter == ":" for letter in value):
        raise refuse(f"'{value}' is not a person's id.", "Write one word, such as `ada.moreno`.")
    return value


def _team_name(value: str) -> str:
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    if not value or not set(value) <= allowed or len(value) > 60:
        raise refuse(
            f"'{value}' is not a team's name.",
            "Use lower-case letters, digits, `_` and `-`, such as `ground_ops`.",
        )
    return value


def _code_name(value: str) -> str:
    if not value or not set(value) <= set("abcdefghijklmnopqrstuvwxyz0123456789_"):
        raise refuse(
            f"'{value}' is not a resolution code.", "Use lower-case letters, digits and `_`."
        )
    if value in set(ResolutionCode):
        raise refuse(f"'{value}' is a code that opsloop has.", "List only your own codes.")
    return value


def nothing_is_empty(value: Any) -> Any:
    """Return an empty mapping for a key with nothing after it."""
    # `dispatch:` with nothing after it is YAML's null
    return {} if value is None else value


def _inside(value: str) -> str:
    if Path(value).is_absolute() or ".." in Path(value).parts:
        raise refuse(f"'{value}' leads out of the project.", "Write a path below its root.")
    return value


PersonId = Annotated[str, AfterValidator(_person_id)]
TeamName = Annotated[str, AfterValidator(_team_name)]
CodeName = Annotated[str, AfterValidator(_code_name)]
Glob = Annotated[str, AfterValidator(_inside)]


class Strict(BaseModel):
    """What refuses keys that it does not know, and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TeamSettings(Strict):
    """What opsloop.yml says of a team under its name."""

    lead: PersonId | None = None
    members: tuple[PersonId, ...] = ()
    description: str = ""


class Team(TeamSettings):
    """A team: it owns monitors and incidents."""

    name: TeamName


TeamMap = dict[TeamName, Annotated[TeamSettings, BeforeValidator(nothing_is_empty)]]


class DomainSettings(Strict):
    """What an included file may say: the teams and people of a domain."""

    teams: Annotated[TeamMap, BeforeValidator(nothing_is_empty)] = Field(default_factory=dict)
    people: tuple[PersonId, ...] = ()


class ProjectSettings(DomainSettings):
    """What the root opsloop.yml may say."""

    include: tuple[Glob, ...] = ("monitors/*/opsloop.yml",)
    maintainers: TeamName = "maintainers"
    priorities: dict[Severity, Priority] = Field(default_factory=dict)
    resolution_codes: tuple[CodeName, ...] = ()
