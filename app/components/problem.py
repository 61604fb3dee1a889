"""Pages that say why there is no page, and what to do about it."""

from __future__ import annotations

from app.components import html
from opsloop.errors import ConfigError, OpsloopError


def show(title: str, what: str, remedy: str = "") -> None:
    """Show one problem."""
    html.show("problem", title=title, what=what, remedy=remedy, details=())


def refuse(reason: str) -> None:
    """Show why this visit is refused."""
    remedy = (
        "Its sign-in asks for no password, so the app serves this machine only. Open "
        "http://localhost with the port that `opsloop app` printed, without a proxy."
    )
    show("opsloop does not answer here", reason, remedy)


def explain(error: OpsloopError) -> None:
    """Show an error of opsloop with its remedy."""
    details = error.faults if isinstance(error, ConfigError) else ()
    html.show(
        "problem",
        title="opsloop cannot open this project",
        what=error.message,
        remedy=error.remedy,
        details=details,
    )
