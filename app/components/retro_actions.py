"""What became of last time's actions: with which a retrospective begins."""

from __future__ import annotations

from app.components import figures, html
from opsloop.reporting import actions
from opsloop.service import Service

TITLE = "What became of last time's actions"
NONE = (
    "No retrospective is over yet, and no improvement goes on. "
    "The command opsloop retrospectives keeps what a team decides."
)


def show(service: Service) -> None:
    """Show the actions of the last retrospective and the improvements that go on."""
    figures.head(TITLE, "Each with its owner, and what the figures say of its effect.")
    lines = actions.lines(service.last_actions(), service.improvements())
    if lines:
        html.show("retro_actions", lines=lines)
    else:
        html.show("note", text=NONE)
