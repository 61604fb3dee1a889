"""What may stand in opsloop.yml and in the files that it includes, key by key."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from opsloop.config.calendars import (
    CalendarMap,
    CalendarReference,
    CalendarSettings,
    HolidaySettings,
)
from opsloop.config.escalations import NudgeSettings, StepSettings
from opsloop.config.inhibition import Inhibitions
from opsloop.config.inhibition import keys_at as inhibition_keys_at
from opsloop.config.maintenance import Maintenance
from opsloop.config.maintenance import keys_at as maintenance_keys_at
from opsloop.config.persons import PersonFigures
from opsloop.config.priorities import PriorityMatrix
from opsloop.config.rates import RateFrom, RateSettings
from opsloop.config.roles import Roles, RoleSettings
from opsloop.config.routing import Routing, TeamAssignment
from opsloop.config.routing import keys_at as routing_keys_at
from opsloop.config.schema import (
    CodeName,
    Glob,
    PersonId,
    Strict,
    TeamName,
    nothing_is_empty,
)
from opsloop.config.service_levels import (
    ServiceLevelMap,
    ServiceLevelName,
    ServiceLevelSettings,
)
from opsloop.roles import Deed


class TeamSettings(TeamAssignment):
    """What opsloop.yml says of a team under its name."""

    lead: PersonId | None = None
    members: tuple[PersonId, ...] = ()
    description: str = ""
    calendar: CalendarReference | None = None


class Team(TeamSettings):
    """A team: it owns monitors and incidents."""

    name: TeamName


TeamMap = dict[TeamName, Annotated[TeamSettings, BeforeValidator(nothing_is_empty)]]


class DomainSettings(Strict):
    """What an included file may say: a domain's teams and people, and what they work by."""

    teams: Annotated[TeamMap, BeforeValidator(nothing_is_empty)] = Field(default_factory=dict)
    people: tuple[PersonId, ...] = ()
    calendars: Annotated[CalendarMap, BeforeValidator(nothing_is_empty)] = Field(
        default_factory=dict
    )
    service_levels: Annotated[ServiceLevelMap, BeforeValidator(nothing_is_empty)] = Field(
        default_factory=dict
    )


class ProjectSettings(DomainSettings):
    """What the root opsloop.yml may say."""

    include: tuple[Glob, ...] = ("monitors/*/opsloop.yml",)
    maintainers: TeamName = "maintainers"
    priorities: PriorityMatrix = Field(default_factory=dict)
    resolution_codes: tuple[CodeName, ...] = ()
    default_service_level: ServiceLevelName | None = None
    routing: Routing = ()
    maintenance: Maintenance = ()
    inhibitions: Inhibitions = ()
    roles: Roles = None
    rates: RateSettings | None = None
    person_figures: PersonFigures | None = None


def keys_of(schema: type[DomainSettings], path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the mapping at a path of a file may have; none where they are names."""
    match path:
        case ():
            return list(schema.model_fields)
        case ("teams", _):
            return list(TeamSettings.model_fields)
        case ("calendars", _):
            return list(CalendarSettings.model_fields)
        case ("calendars", _, "holidays"):
            return list(HolidaySettings.model_fields)
        case ("calendars", _, "closed", _):
            return ["from", "to"]
        case ("service_levels", _):
            return list(ServiceLevelSettings.model_fields)
        case ("service_levels", _, "escalate", _):
            return [field.alias or name for name, field in StepSettings.model_fields.items()]
        case ("service_levels", _, "nudge" | "follow_up"):
            return list(NudgeSettings.model_fields)
        case ("rates",):
            return list(RateSettings.model_fields)
        case ("rates", "teams", _, _) | ("rates", "default", _):
            return [field.alias or name for name, field in RateFrom.model_fields.items()]
        case ("person_figures",):
            return list(PersonFigures.model_fields)
        case ("roles",):
            return list(RoleSettings.model_fields)
        case ("roles", "needs"):
            return list(Deed)
        case ("routing", *_):
            return routing_keys_at(path)
        case ("maintenance", *_):
            return maintenance_keys_at(path)
        case ("inhibitions", *_):
            return inhibition_keys_at(path)
        case _:
            return []
