"""Texts that are being written: they survive a reload and a closed browser until they are sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from opsloop.errors import Refused
from opsloop.store import Store, drafts

OF_NO_INCIDENT = 0  # the number under which drafts of what is only being reported stand
LONGEST_DRAFT = 20_000  # characters
LIFETIME = timedelta(days=30)  # of a draft that nobody goes on with


def drafts_of(store: Store, person: str, number: int) -> dict[str, str]:
    """Return what a person has written on an incident and not sent, by field."""
    with store.engines.read() as connection:
        return drafts.of(connection, person, number)


def keep_drafts(
    store: Store, person: str, number: int, texts: Mapping[str, str], now: datetime
) -> None:
    """Keep texts by field; an empty one is forgotten.

    Raises:
        Refused: a text is longer than `LONGEST_DRAFT`.
    """
    for field, text in texts.items():
        if len(text) > LONGEST_DRAFT:
            raise Refused(
                f"The draft of {field} has {len(text):,} characters.",
                f"Keep it under {LONGEST_DRAFT:,}.",
            )
    written = {field: text for field, text in texts.items() if text.strip()}
    with store.engines.write() as connection:
        drafts.keep(connection, person, number, written, now)
        drafts.drop(connection, person, number, texts.keys() - written.keys())
        drafts.drop_older(connection, now - LIFETIME)


def drop_drafts(store: Store, person: str, number: int, fields: Collection[str]) -> None:
    """Forget what was sent."""
    with store.engines.write() as connection:
        drafts.drop(connection, person, number, fields)
