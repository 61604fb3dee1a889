"""Command groups whose commands are imported when they are called, so that starting is fast."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from opsloop.words import did_you_mean


class LazyGroup(click.Group):
    """A group that knows its commands as `name → (module:attribute, one line of help)`.

    The line of help stands here too, so that `--help` imports nothing.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = lazy

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names in the order in which they were given."""
        return [*self._lazy, *super().list_commands(context)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Import and return a command; None if there is none of that name."""
        if name not in self._lazy:
            return super().get_command(context, name)
        module, attribute = self._lazy[name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a near miss is suggested."""
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(context):
            known = self.list_commands(context)
            context.fail(
                f"There is no command '{args[0]}'.{did_you_mean(args[0], known)} "
                f"Commands: {', '.join(known)}."
            )
        return super().resolve_command(context, args)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands' lines of help."""
        rows = [(name, line) for name, (_, line) in self._lazy.items()]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)
