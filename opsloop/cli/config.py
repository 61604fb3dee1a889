"""`opsloop config show|apply`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

import click

from opsloop.cli.output import Column, print_json, print_pairs, print_table, print_text
from opsloop.cli.session import Session, json_option, utc_now
from opsloop.priority import Band


@click.group()
def config() -> None:
    """Show and apply the project's settings."""


@config.command()
@json_option
def show(as_json: bool) -> None:
    """Show the settings of all files together."""
    settings = Session().config
    if as_json:
        print_json({**json.loads(settings.as_json()), "checksum": settings.checksum})
        return
    priorities = [_row_in_words(word, row) for word, row in settings.priorities.items()]
    print_pairs(
        [
            ("maintainers", settings.maintainers),
            ("priorities", ", ".join(priorities)),
            ("own resolution codes", ", ".join(settings.resolution_codes) or None),
        ]
    )
    print_text("")
    print_table(
        (Column("team"), Column("lead"), Column("members", is_flexible=True)),
        ((team.name, team.lead, ", ".join(team.members)) for team in settings.teams.values()),
    )


@config.command()
@json_option
def apply(as_json: bool) -> None:
    """Write the settings into the store, as every command does that changes something."""
    from opsloop.service.settings import apply_settings

    session = Session()
    settings = session.config
    with session.store(create=True) as store:
        versions = apply_settings(store, settings, utc_now())
    if as_json:
        print_json({**asdict(versions), "checksum": settings.checksum})
    else:
        print_text(f"The settings are in force as version {versions.config_version}.")


def _row_in_words(severity: str, row: Mapping[Band, str]) -> str:
    """Return a severity's priorities; one for all bands of impact is said once."""
    different = dict.fromkeys(row.values())
    said = row.values() if len(different) > 1 else different
    return f"{severity} {'/'.join(said)}"
