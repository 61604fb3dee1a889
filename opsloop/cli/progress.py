"""How far a long command is: a bar on the terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from opsloop.cli.output import clean, console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Silent:
    """Shows nothing but that it waits."""

    def begin(self, step: str, total: int | None = None) -> None:
        """A step begins."""

    def advance(self, what: str) -> None:
        """One thing is done."""

    def wait(self, holder: str) -> None:
        """Say who keeps the command waiting."""
        click.echo(f"opsloop: waiting for {clean(holder, None)} to release the warehouse", err=True)


class Bar:
    """A bar for the present step, gone when the command ends."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._step = ""

    def begin(self, step: str, total: int | None = None) -> None:
        """Replace the bar by that of another step."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._step = step
        self._task = self._progress.add_task(step, total=total)

    def advance(self, what: str) -> None:
        """Move the bar on and name what was done last."""
        if self._task is not None:
            description = f"{self._step}: {clean(what, 40)}"
            self._progress.update(self._task, advance=1, description=description)

    def wait(self, holder: str) -> None:
        """Say above the bar who keeps the command waiting."""
        said = f"Waiting for {clean(holder, None)} to release the warehouse …"
        self._progress.console.print(said, markup=False)


@contextmanager
def showing_progress(*, is_quiet: bool) -> Iterator[Silent | Bar]:
    """Yield a listener for `opsloop.service.run`; silent if asked for, or without a terminal."""
    if is_quiet or not sys.stderr.isatty():
        yield Silent()
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console(to_stderr=True), transient=True) as progress:
        yield Bar(progress)
