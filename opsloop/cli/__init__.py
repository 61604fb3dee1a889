"""The command line: arguments in, one-line errors out, no logic."""

from opsloop.cli.main import cli, main

__all__ = ["cli", "main"]
