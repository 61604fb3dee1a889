"""Texts that are being written, on both stores."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opsloop.errors import Refused
from opsloop.service.drafting import LIFETIME, LONGEST_DRAFT, drafts_of, drop_drafts, keep_drafts
from opsloop.store import Store
from tests.integration.event_tables import hour


def test_a_draft_is_one_persons_on_one_incident(store: Store) -> None:
    keep_drafts(store, "ada", 1, {"comment": "I thi", "note": "x"}, hour(9))
    keep_drafts(store, "ada", 1, {"comment": "I think \N{FIRE ENGINE}"}, hour(10))
    keep_drafts(store, "bo", 1, {"comment": "no"}, hour(10))
    assert drafts_of(store, "ada", 1) == {"comment": "I think \N{FIRE ENGINE}", "note": "x"}
    assert drafts_of(store, "bo", 1) == {"comment": "no"}
    assert drafts_of(store, "ada", 2) == {}


def test_what_is_emptied_or_sent_is_forgotten(store: Store) -> None:
    keep_drafts(store, "ada", 1, {"comment": "a", "note": "b", "question": "c"}, hour(9))
    keep_drafts(store, "ada", 1, {"comment": " \n"}, hour(9))
    drop_drafts(store, "ada", 1, ["note", "never written"])
    assert drafts_of(store, "ada", 1) == {"question": "c"}
    assert store.last_seq() == 0


def test_what_nobody_goes_on_with_is_forgotten_one_day(store: Store) -> None:
    keep_drafts(store, "ada", 1, {"comment": "old"}, hour(0))
    keep_drafts(store, "ada", 2, {"comment": "new"}, hour(0) + LIFETIME)
    assert drafts_of(store, "ada", 1) == {"comment": "old"}
    keep_drafts(store, "bo", 3, {"comment": "x"}, hour(0) + LIFETIME + timedelta(seconds=1))
    assert drafts_of(store, "ada", 1) == {}
    assert drafts_of(store, "ada", 2) == {"comment": "new"}


def test_a_draft_has_an_end(store: Store) -> None:
    keep_drafts(store, "ada", 1, {"comment": "x" * LONGEST_DRAFT}, hour(9))
    with pytest.raises(Refused, match="The draft of comment has 20,001 characters"):
        keep_drafts(store, "ada", 1, {"comment": "y" * (LONGEST_DRAFT + 1)}, hour(9))
    assert drafts_of(store, "ada", 1) == {"comment": "x" * LONGEST_DRAFT}
