"""What is done with an incident less often: updates, minutes, class, links, priority, joining."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from app import words
from app.components import html, joining, rights, session
from app.components.forms import Form
from app.components.rights import guarded
from opsloop.lifecycle import CLASSES, LINK_KINDS
from opsloop.roles import Deed
from opsloop.service import utc_now
from opsloop.types import PRIORITIES, Event, Incident, IncidentDetail


def show(form: Form, detail: IncidentDetail, chosen: Sequence[Event]) -> None:
    """Show the rarer actions, folded away, and what runs because of them.

    Args:
        chosen: the events that are marked in the evidence.
    """
    _timer(form, detail)
    with st.expander("More: update, work, priority, links, merge, split", key=form.field("more")):
        draws: dict[str, Callable[[Form], None]] = {
            "Update": guarded(Deed.UPDATE, _update),
            "Work": guarded(Deed.WORK, _work),
            "Class": guarded(Deed.CLASSIFY, _classify),
            "Link": guarded(Deed.LINK, _link),
        }
        if form.incident.state.is_open:
            draws["Priority"] = guarded(Deed.PRIORITIZE, _prioritize)
            draws["Merge"] = guarded(Deed.MERGE, joining.merge)
            if form.incident.events_total > 1:
                split = partial(joining.split, chosen=chosen)
                draws["Split"] = guarded(Deed.SPLIT, split)
        wanted = st.pills(
            "What",
            list(draws),
            default="Update",
            required=True,
            key=form.field("more_kind"),
            label_visibility="collapsed",
        )
        draws[wanted](form)
    if detail.links:
        html.show("links", number=form.number, links=detail.links)


def _timer(form: Form, detail: IncidentDetail) -> None:
    """Show the person's timer and the others' that run."""
    since = detail.timers.get(session.person())
    service, actor = form.service, session.actor()
    why = rights.reason(form, Deed.WORK)
    label, act = ("Start a timer", service.start_timer)
    if since:
        label, act = (f"Stop the timer ({words.age(since, utc_now())})", service.stop_timer)
    st.button(
        label,
        key=form.field("timer"),
        icon=":material/timer:",
        type="tertiary",
        disabled=why is not None,
        help=why,
        on_click=form.run,
        args=(partial(act, form.number, actor), "Timer"),
    )
    for person, at in detail.timers.items():
        if person != session.person():
            html.show("note", text=f"{person} works on it since {words.short_time(at)} UTC.")


def _update(form: Form) -> None:
    def act() -> Incident:
        return form.service.update(form.number, session.actor(), form.value("update") or "")

    with st.form(form.field("update_form"), border=False):
        form.text("update", "Update", "How it stands, for those affected")
        form.submit("update_send", "Tell them", act, "update")


def _prioritize(form: Form) -> None:
    def act() -> Incident:
        return form.service.prioritize(
            form.number,
            session.actor(),
            priority=form.value("priority") or "",
            text=form.value("priority_reason") or "",
            expect=form.seen,
        )

    with st.form(form.field("priority_form"), border=False):
        present = form.incident.priority
        place = PRIORITIES.index(present) if present in PRIORITIES else 0
        st.selectbox("Priority", PRIORITIES, index=place, key=form.field("priority"))
        form.line("priority_reason", "Why")
        form.submit("priority_send", "Set the priority", act, "priority_reason")


def _classify(form: Form) -> None:
    def act() -> Incident:
        return form.service.classify(
            form.number,
            session.actor(),
            class_=form.value("class"),
            type_=form.value("type") or None,
            expect=form.seen,
        )

    with st.form(form.field("class_form"), border=False):
        present = form.incident.class_
        place = CLASSES.index(present) if present in CLASSES else 0
        st.selectbox("Class", CLASSES, index=place, key=form.field("class"))
        st.text_input("Type", value=form.incident.type or "", max_chars=200, key=form.field("type"))
        form.submit("class_send", "Classify", act)


def _work(form: Form) -> None:
    def act() -> Incident:
        return form.service.log_work(
            form.number,
            session.actor(),
            minutes=form.value("minutes") or 0,
            text=form.value("work_note") or None,
        )

    with st.form(form.field("work_form"), border=False):
        st.number_input(
            "Minutes", value=None, min_value=1, max_value=24 * 60, key=form.field("minutes")
        )
        form.line("work_note", "What was done")
        form.submit("work_send", "Log the work", act, "work_note")


def _link(form: Form) -> None:
    def act() -> Incident:
        return form.service.link(
            form.number,
            session.actor(),
            other=form.value("other") or 0,
            kind=form.value("link_kind") or LINK_KINDS[0],
        )

    with st.form(form.field("link_form"), border=False):
        st.number_input("With incident", value=None, min_value=1, key=form.field("other"))
        st.selectbox("How", LINK_KINDS, format_func=words.readable, key=form.field("link_kind"))
        form.submit("link_send", "Link", act)
