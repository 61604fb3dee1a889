"""Who works here: the demo's sign-in, kept in the session and never taken from the URL."""

from __future__ import annotations

import streamlit as st

from app import words
from app.components import html
from opsloop.config import Config
from opsloop.types import Actor, ActorKind

_PERSON = "signed_in_person"


def person() -> str:
    """Return the person who is signed in; main.py shows no page before that."""
    return str(st.session_state[_PERSON])


def actor() -> Actor:
    """Return the signed-in person as one who acts through the app."""
    return Actor(ActorKind.PERSON, person(), "app")


def show(key: str, config: Config) -> str | None:
    """Return who is signed in; until somebody is, ask."""
    signed_in = st.session_state.get(_PERSON)
    if signed_in in config.people:
        return str(signed_in)
    st.session_state.pop(_PERSON, None)
    _, middle, _ = st.columns([1, 1.1, 1])
    with middle:
        html.show("sign_in")
        if not config.people:
            html.show("notice", kind="error", text="No team has members yet: see opsloop.yml.")
            return None
        with st.form(f"{key}_form"):
            st.selectbox(
                "Working as",
                sorted(config.people),
                format_func=lambda name: _with_team(config, name),
                key=f"{key}_person",
            )
            st.form_submit_button(
                "Start work",
                key=f"{key}_start",
                type="primary",
                width="stretch",
                on_click=lambda: _sign_in(st.session_state[f"{key}_person"]),
            )
    return None


def menu(key: str, config: Config) -> None:
    """Show who is signed in, and the way out."""
    with st.popover(words.verbatim(person()), icon=":material/person:", key=key, type="tertiary"):
        team = config.team_of(person())
        html.show("signed_in", person=person(), team=words.value_name(team) if team else "")
        st.button("Switch person", key=f"{key}_out", on_click=lambda: st.session_state.pop(_PERSON))


def _sign_in(name: str) -> None:
    st.session_state[_PERSON] = name


def _with_team(config: Config, name: str) -> str:
    team = config.team_of(name)
    return f"{name}  ·  {words.value_name(team)}" if team else name
