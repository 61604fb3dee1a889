"""What a person can do with an incident: one click for the obvious, a tab for the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from app import sentences, words
from app.components import html, more_actions, pauses, questions, rights, session
from app.components.forms import Form
from app.components.rights import guarded
from app.project import Desk
from opsloop.lifecycle import CLASSES, PERSONS_CODES, UNDOABLE
from opsloop.roles import Deed
from opsloop.types import Event, Incident, IncidentDetail, ResolutionCode, State

ESCALATION_TYPES = ("help", "decision", "information", "resource", "approval")
ADDRESSEES = {"team": "Team", "person": "Person", "outside": "Outside"}


def show(key: str, desk: Desk, detail: IncidentDetail, chosen: Sequence[Event] = ()) -> None:
    """Show the actions that the incident's state allows.

    Args:
        chosen: the events that are marked in the evidence.
    """
    form = Form.of(desk, detail.incident, key)
    is_open = detail.incident.state.is_open
    _at_a_click(form)
    questions.show(form, detail)
    shown: tuple[Callable[[Form], None], ...]
    if is_open:
        names = ["Comment", "Assign", "Escalate", "Pause", "Resolve"]
        shown = (
            guarded(Deed.COMMENT, _comment),
            guarded(Deed.ASSIGN, _assign),
            guarded(Deed.ESCALATE, _escalate),
            pauses.show,
            guarded(Deed.RESOLVE, _resolve),
        )
    else:
        names = ["Comment", "Reopen"]
        shown = (guarded(Deed.COMMENT, _comment), guarded(Deed.REOPEN, _reopen))
    for tab, draw in zip(st.tabs(names), shown, strict=True):
        with tab:
            draw(form)
    more_actions.show(form, detail, chosen)
    _undo(form, detail)
    form.watch()


def _at_a_click(form: Form) -> None:
    """Show the buttons that need no words: what most people do next in this state."""
    incident, service, actor = form.incident, form.service, session.actor()
    state, number, seen = incident.state, form.number, form.seen
    if state.is_open and not (incident.assignee == session.person() and state is State.ACTIVE):
        is_nobodys = incident.assignee is None
        label = "Take" if is_nobodys else "Take over"
        if incident.assignee == session.person():
            label = "Go on with it"
        take = partial(service.take, number, actor, expect=seen)
        _click(form, "take", label, Deed.TAKE, take, is_nobodys)
    if state is State.WAITING and incident.assignee != session.person():
        resume = partial(service.resume, number, actor, expect=seen)
        _click(form, "resume", "Resume", Deed.RESUME, resume)
    if state is State.SNOOZED:
        wake = partial(service.wake, number, actor, expect=seen)
        _click(form, "wake", "Wake", Deed.WAKE, wake)
    if state is State.RESOLVED:
        close = partial(service.close, number, actor, expect=seen)
        _click(form, "close", "Close", Deed.CLOSE, close)


def _click(
    form: Form,
    name: str,
    label: str,
    deed: Deed,
    act: Callable[[], object],
    is_primary: bool = False,
) -> None:
    why = rights.reason(form, deed)
    st.button(
        label,
        key=form.field(name),
        type="primary" if is_primary else "secondary",
        width="stretch",
        disabled=why is not None,
        help=why,
        on_click=form.run,
        args=(act, label),
    )


def _undo(form: Form, detail: IncidentDetail) -> None:
    """Offer to take back what the person decided last, while nothing was decided since."""
    mine = next(row for row in detail.log if row.decision_version == form.seen)
    if mine.actor.id == session.person() and mine.action in UNDOABLE:
        done = sentences.sentence(mine)
        st.button(
            words.verbatim(f"Undo: you {done}"),
            key=form.field("undo"),
            type="tertiary",
            icon=":material/undo:",
            on_click=form.run,
            args=(partial(form.service.undo, session.actor(), mine.batch_id), "Undo"),
        )


def _comment(form: Form) -> None:
    def act() -> Incident:
        text = form.value("comment") or ""
        return form.service.comment(form.number, session.actor(), text)

    with st.form(form.field("comment_form"), border=False):
        form.text("comment", "Comment", "What you found, what you did")
        form.submit("comment_send", "Comment", act, "comment")


def _assign(form: Form) -> None:
    def act() -> Incident:
        return form.service.assign(
            form.number,
            session.actor(),
            team=form.value("team"),
            person=form.value("person"),
            expect=form.seen,
        )

    config = form.desk.config
    with st.form(form.field("assign_form"), border=False):
        st.selectbox(
            "Team",
            sorted(config.teams),
            index=None,
            format_func=words.value_name,
            key=form.field("team"),
            placeholder="As the person's, or as now",
        )
        st.selectbox(
            "Person",
            sorted(config.people),
            index=None,
            format_func=lambda name: f"{name}  ·  {words.value_name(config.team_of(name))}",
            key=form.field("person"),
            placeholder="Nobody yet",
        )
        form.submit("assign_send", "Assign", act)


def _escalate(form: Form) -> None:
    def act() -> Incident:
        return form.service.escalate(
            form.number,
            session.actor(),
            to_kind=kind,
            to_id=form.value(f"to_{kind}") or "",
            escalation_type=form.value("escalation_type") or ESCALATION_TYPES[0],
            escalation_class=form.value("escalation_class") or "question",
            text=form.value("question") or "",
            expect=form.seen,
        )

    kind = st.segmented_control(
        "Ask a",
        list(ADDRESSEES),
        format_func=lambda one: ADDRESSEES[one],
        default="team",
        required=True,
        key=form.field("to_kind"),
        label_visibility="collapsed",
        width="stretch",
    )
    with st.form(form.field("escalate_form"), border=False):
        _addressee(form, kind)
        purpose, kind_of_work = st.columns(2)
        purpose.selectbox("For", ESCALATION_TYPES, key=form.field("escalation_type"))
        kind_of_work.selectbox(
            "Class",
            CLASSES,
            index=CLASSES.index("question"),
            key=form.field("escalation_class"),
        )
        form.text("question", "Question", "What you need from them, and by when")
        form.submit("escalate_send", "Escalate", act, "question")


def _addressee(form: Form, kind: str) -> None:
    config = form.desk.config
    if kind == "outside":
        st.text_input(
            "Whom", key=form.field("to_outside"), max_chars=200, placeholder="Name of the party"
        )
        return
    names = sorted(config.teams if kind == "team" else config.people)
    said = words.value_name if kind == "team" else str
    st.selectbox("Whom", names, index=None, format_func=said, key=form.field(f"to_{kind}"))


def _resolve(form: Form) -> None:
    def act() -> Incident:
        return form.service.resolve(
            form.number,
            session.actor(),
            code=str(code),
            root_cause=(form.value("root_cause") or "").strip() or None,
            accepted_until=form.moment("accepted_until") if is_accepted else None,
            text=form.value("note") or None,
            expect=form.seen,
            events_seen=form.incident.events_total,
        )

    codes = (*PERSONS_CODES, *form.desk.config.resolution_codes)
    code = st.selectbox(
        "As",
        codes,
        format_func=lambda one: sentences.resolution(one).capitalize(),
        key=form.field("code"),
    )
    is_accepted = code == ResolutionCode.ACCEPTED
    why = rights.reason(form, Deed.ACCEPT) if is_accepted else None
    if why:
        html.show("note", text=why)
        return
    with st.form(form.field("resolve_form"), border=False):
        if is_accepted:
            st.datetime_input("Accepted until (UTC)", value=None, key=form.field("accepted_until"))
        form.line("root_cause", "Root cause", max_chars=200)
        form.text("note", "Note", "Why it may stay as it is" if is_accepted else "What ended it")
        form.submit("resolve_send", "Resolve", act, "note root_cause")


def _reopen(form: Form) -> None:
    def act() -> Incident:
        return form.service.reopen(
            form.number,
            session.actor(),
            text=form.value("note") or "",
            expect=form.seen,
        )

    with st.form(form.field("reopen_form"), border=False):
        form.text("note", "Reason", "Why it is not over")
        form.submit("reopen_send", "Reopen", act, "note")
