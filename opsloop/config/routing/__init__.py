"""`routing:` of opsloop.yml and the keys of a team that assignment needs."""

from opsloop.config.routing.checks import monitor_faults, routing_faults
from opsloop.config.routing.rules import Routing, RuleSettings, keys_at
from opsloop.config.routing.teams import TeamAssignment, team_faults

__all__ = [
    "Routing",
    "RuleSettings",
    "TeamAssignment",
    "keys_at",
    "monitor_faults",
    "routing_faults",
    "team_faults",
]
