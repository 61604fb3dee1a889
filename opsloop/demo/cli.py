"""`opsloop demo`: the whole loop on real flights, from nothing to the app."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.output import print_json, print_pairs, print_text, when
from opsloop.cli.progress import Bar, Silent, showing_progress
from opsloop.cli.session import Session, json_option, utc_now

if TYPE_CHECKING:
    from opsloop.demo.replay import Summary

LONGEST_DAYS = 90


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_DAYS),
    default=14,
    show_default=True,
    help="How many days of monitor runs to replay.",
)
@click.option("--no-app", is_flag=True, help="Stop before the app.")
@click.option("--port", type=click.IntRange(1, 65535), help="The app's port; else the first free.")
@click.option("--replace", is_flag=True, help="Start over even if the demo was worked in since.")
@json_option
def demo(days: int, no_app: bool, port: int | None, replace: bool, as_json: bool) -> None:
    """Load real flights, replay two weeks of monitor runs, and start the app.

    The monitors run at 05:00, 16:00 and 22:00 UTC of each day and once more at the present moment.
    Starts over with the demo's own state each time, and refuses to touch any other. What people do
    in it is simulated, and labelled so everywhere.
    """
    from opsloop.demo.replay import Demo

    session = Session()
    with _listening(is_quiet=as_json) as listener:
        summary = Demo(session.paths, session.config, listener, utc_now()).run(
            days, even_if_used=replace
        )
    if as_json:
        print_json(summary.as_record())
    else:
        _print_summary(summary)
        note = session.paths.home / "demo.json"
        print_text(f"Every moment and count is in {note}, to compute it anew.")
    sys.stdout.flush()
    if not no_app:
        from opsloop import launch

        launch.app(session.paths, port=port)


class Lines(Silent):
    """Says each step in a line of its own, for output that is no terminal."""

    def __init__(self) -> None:
        self._done = 0
        self._total: int | None = None

    def begin(self, step: str, total: int | None = None) -> None:
        """Say which step begins."""
        self._done, self._total = 0, total
        click.echo(f"{step} …", err=True)

    def advance(self, what: str) -> None:
        """Say how far a long step is, every ten things."""
        self._done += 1
        if self._done % 10 == 0:
            click.echo(f"  {self._done} of {self._total}: {what}", err=True)


@contextmanager
def _listening(*, is_quiet: bool) -> Iterator[Silent | Bar | Lines]:
    if not is_quiet and not sys.stderr.isatty():
        yield Lines()
        return
    with showing_progress(is_quiet=is_quiet) as listener:
        yield listener


def _print_summary(summary: Summary) -> None:
    runs = summary.runs
    pairs: list[tuple[str, Any]] = [
        ("flights", f"{summary.flights:,}, moved by {summary.shift_days} days to reach today"),
        ("monitor runs", f"{len(runs)}, from {when(runs[0])} to {when(runs[-1])} UTC"),
        ("incidents", f"{summary.incidents:,}: {_listed(summary.incidents_by_state)}"),
        ("simulated", f"{_listed(summary.simulated_acts)} (what people did; via demo)"),
        ("took", f"{summary.seconds:.0f} s"),
    ]
    print_pairs(pairs)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in counts.items())
