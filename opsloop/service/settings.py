"""Putting the settings in force: versions into the store, and open incidents after them.

A service level or a calendar that changes holds for the past of what is open too: each such
incident gets a row that names the new versions, and its clocks are computed anew. What has ended
keeps the versions that it ended with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime

from opsloop.calendars import Calendar
from opsloop.config import Config
from opsloop.config.calendars import rules_of
from opsloop.store import Store, sync_state, terms
from opsloop.store.terms import Horizon, Versions
from opsloop.types import Action, Actor, ActorKind, Change, Incident

_SETTINGS = Actor(ActorKind.RULE, "settings", "config")
_YEARS_AHEAD = 4  # calendars are known at least to the end of the year two years from now


def apply_settings(store: Store, config: Config, now: datetime) -> Versions:
    """Put the settings in force, and let what is open follow; returns their versions.

    Costs one look when nothing has changed. Killed on its way, the next call goes on.
    """
    config_version = store.save_config(config.checksum, config.as_json(), now)
    with store.engines.read() as connection:
        present = terms.in_force(connection)
        body = _calendar_body(config)
        known = terms.calendar_horizon(connection, body)
    is_known_far_enough = known is not None and known[1].last.year >= now.year + 2
    if present and present.config_version == config_version and is_known_far_enough:
        return present
    horizon = _horizon(store, now, known[1] if known else None)
    calendars = _calendars(config, horizon)
    policies = {name: level.policy() for name, level in config.service_levels.items()}
    with store.engines.write() as connection:
        versions = Versions(
            config_version,
            terms.save_policies(connection, policies, now),
            terms.save_calendars(connection, body, calendars, horizon, now),
        )
    store.forget_terms()
    _let_follow(store, config, versions, now)
    with store.engines.write() as connection:
        terms.put_in_force(connection, versions)
    return versions


def _calendar_body(config: Config) -> str:
    """Return all that the open hours follow from, as JSON."""
    body = {
        "calendars": {
            name: one.model_dump(mode="json", by_alias=True)
            for name, one in config.calendars.items()
        },
        "teams": {team.name: team.calendar for team in config.teams.values() if team.calendar},
    }
    return json.dumps(body, sort_keys=True)


def _calendars(config: Config, horizon: Horizon) -> dict[str, Calendar]:
    years = range(horizon.first.year, horizon.last.year + 1)
    return {
        name: Calendar.from_rules(name, rules_of(one, years), horizon.first, horizon.last)
        for name, one in config.calendars.items()
    }


def _horizon(store: Store, now: datetime, known: Horizon | None) -> Horizon:
    """Return whole years from before the oldest incident on; never less than is known."""
    with store.engines.read() as connection:
        oldest = terms.first_opened_at(connection) or now
    first = min(oldest.year, now.year) - 1
    last = now.year + _YEARS_AHEAD
    if known:
        first, last = min(first, known.first.year), max(last, known.last.year)
    return Horizon(date(first, 1, 1), date(last, 12, 31))


def _let_follow(store: Store, config: Config, versions: Versions, now: datetime) -> None:
    """Write a row for each open incident whose clocks would be other ones."""
    numbers = list(_affected(store, config, versions))
    for part in sync_state.slices(numbers):
        with store.batch(now) as batch:
            for incident in sync_state.incidents_by_id(batch.connection, part).values():
                if incident.state.is_open:
                    change = _policy_applied(incident, config, versions, batch.now)
                    batch.record(incident, change, _SETTINGS)


def _policy_applied(
    incident: Incident, config: Config, versions: Versions, now: datetime
) -> Change:
    after = {
        "policy": _policy_of(incident.policy, config),
        "policy_version": versions.policy_version,
        "calendar_version": versions.calendar_version,
    }
    return Change(Action.POLICY_APPLIED, now, after, {"rule_id": "settings"}, is_decision=False)


def _policy_of(name: str | None, config: Config) -> str | None:
    """Return the service level that an open incident has from now on."""
    return name if name in config.service_levels else config.default_service_level


def _affected(store: Store, config: Config, versions: Versions) -> Iterator[int]:
    """Yield the open incidents that the new versions mean something else for."""
    with store.engines.read() as connection:
        after = terms.written(connection, versions.policy_version, versions.calendar_version)
        for group in terms.of_open_incidents(connection):
            before = terms.written(connection, group.policy_version, group.calendar_version)
            policy = _policy_of(group.policy, config)
            is_same = policy is None or before.of(policy, group.team) == after.of(
                policy, group.team
            )
            if policy != group.policy or not is_same:
                yield from terms.open_incidents_of(connection, group)
