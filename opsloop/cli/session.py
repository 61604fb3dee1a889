"""What a command needs of the project it runs in, opened when it is first asked for."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opsloop.paths import Paths, find_project
from opsloop.types import Actor, ActorKind

if TYPE_CHECKING:
    from opsloop.config import Config
    from opsloop.monitors import Project
    from opsloop.service import Service
    from opsloop.store import Store

Command = Callable[..., Any]


def utc_now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


class Session:
    """The project around the current folder."""

    @cached_property
    def paths(self) -> Paths:
        """Where the project keeps its files."""
        return Paths.of(find_project(Path.cwd()))

    @cached_property
    def config(self) -> Config:
        """The project's settings."""
        from opsloop.config import load_config

        return load_config(self.paths.project)

    @cached_property
    def project(self) -> Project:
        """The project's monitors, as dbt's manifest has them."""
        from opsloop.monitors import load_monitors

        return load_monitors(self.paths.manifest, self.config, self.paths.project)

    @contextmanager
    def store(self, *, create: bool = False) -> Iterator[Store]:
        """Open the incident store for a with block."""
        from opsloop.store import Store

        with Store.open(self.paths.store_url, create=create) as store:
            yield store

    @contextmanager
    def service(self, *, create: bool = False) -> Iterator[Service]:
        """Open the use cases; settings that changed are written into the store first."""
        from opsloop.service import Service
        from opsloop.service.settings import apply_settings

        with self.store(create=create) as store:
            apply_settings(store, self.config, utc_now())
            yield Service(store, self.config, utc_now, self._owner_of)

    def _owner_of(self, monitor_id: str) -> str | None:
        """Return the team that owns a monitor; None if the project does not say so."""
        from opsloop.errors import ConfigError

        try:
            found = self.project.by_id().get(monitor_id)
        except ConfigError:
            return None  # without a manifest, say
        return found.owner if found else None


def person_acting(person: str | None) -> Actor:
    """Return who acts: `--as`, else OPSLOOP_USER, else the login name."""
    return Actor(ActorKind.PERSON, person or os.environ.get("OPSLOOP_USER") or _login(), "cli")


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise click.UsageError("Nobody is logged in here: say who acts with --as.") from None


def json_option(command: Command) -> Command:
    """Add `--json` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def as_option(command: Command) -> Command:
    """Add `--as PERSON` to a command."""
    return click.option(
        "--as",
        "person",
        metavar="PERSON",
        help="Who acts; else OPSLOOP_USER, else your login name.",
    )(command)


def text_option(what: str, *, is_required: bool) -> Callable[[Callable[..., Any]], Command]:
    """Let a command take `text` as its last argument or as `--text`."""

    def add(command: Callable[..., Any]) -> Command:
        @click.argument("argument", metavar="[TEXT]", required=False)
        @click.option("--text", "-m", "option", metavar="TEXT", help=f"{what} Or as the argument.")
        @wraps(command)
        def wrapped(argument: str | None, option: str | None, **rest: Any) -> Any:
            if argument is not None and option is not None:
                raise click.UsageError("The text is given twice.")
            text = argument if option is None else option
            if is_required and not (text or "").strip():
                raise click.UsageError(f"The text is missing. {what}")
            return command(text=text, **rest)

        return wrapped

    return add


class Number(click.ParamType[int]):
    """An incident's number, with or without the # that people write before it."""

    name = "number"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> int:
        """Return the number."""
        text = str(value).lstrip("#")
        if not text.isdecimal() or not 0 < int(text) < 2**63:
            self.fail(f"'{value}' is not the number of an incident.", parameter, context)
        return int(text)
