"""What the signed-in person may not do with an incident, and why; shown before they try."""

from __future__ import annotations

from collections.abc import Callable

from app import words
from app.components import html, session
from app.components.forms import Form
from opsloop.roles import Deed, Lack


def reason(form: Form, deed: Deed) -> str | None:
    """Return why the person may not do something with the form's incident; None if they may."""
    return in_words(form.service.lack_of(session.actor(), deed, form.incident))


def in_words(lack: Lack | None) -> str | None:
    """Return what somebody lacks, and whom to ask; None if nothing."""
    return f"This needs {lack.in_words(words.readable)}. {lack.remedy()}" if lack else None


def guarded(deed: Deed, draw: Callable[[Form], None]) -> Callable[[Form], None]:
    """Return what draws an action for who may do it, and for others why they may not."""

    def show(form: Form) -> None:
        why = reason(form, deed)
        if why is None:
            draw(form)
        else:
            html.show("note", text=why)

    return show
