"""Texts that are being written: read back into their fields, and kept while somebody types."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from app.components import html, notices
from opsloop.errors import OpsloopError
from opsloop.service import utc_now
from opsloop.service.drafting import drafts_of, drop_drafts, keep_drafts
from opsloop.store import Store

_mount = st.components.v2.component("draft_keeper", js=html.asset("draft_keeper.js"))


def read(store: Store, person: str, number: int) -> dict[str, str]:
    """Return what the person has written and not sent, by field."""
    return drafts_of(store, person, number)


def keep(store: Store, person: str, number: int, texts: Mapping[str, str]) -> None:
    """Keep texts; what went wrong is told beside what the person wanted."""
    try:
        keep_drafts(store, person, number, texts, utc_now())
    except OpsloopError as error:
        notices.tell("error", f"Your text is not kept yet. {error}")


def drop(store: Store, person: str, number: int, fields: Collection[str]) -> None:
    """Forget what was sent; that it was sent counts more than that it is forgotten."""
    try:
        drop_drafts(store, person, number, fields)
    except OpsloopError as error:
        notices.tell("error", f"What was sent may come back as a draft. {error}")


@st.fragment
def watch(
    key: str, store: Store, person: str, number: int, prefix: str, fields: Mapping[str, str]
) -> None:
    """Keep what is typed into fields, shortly after the last letter; draws nothing.

    Args:
        prefix: of the fields' keys.
        fields: those that hold drafts, and what each is kept as.
    """
    data = {"prefix": prefix, "fields": sorted(fields)}
    typed = _mount(key=key, data=data, on_typed_change=_noted).typed or {}
    known = {fields[field]: str(text) for field, text in typed.items() if field in fields}
    if known:
        keep(store, person, number, known)


def _noted() -> None:
    """Let the component report; `watch` acts on what it returns."""
