"""An event's identity is the same bytes on every engine."""

from __future__ import annotations

from datetime import timedelta

from .scenario import START, Played, firing, scenario

GOLDEN_TEXT = "19d71254f8a969d75b3a5791732f949a"  # ('mon_é', 'é日本🦆', 1)
GOLDEN_NUMBER = "809d38f14e65e288c7943ef0e750e9ba"  # ('mon_é', '42', 1)

TEXT_ENTITY = scenario("mon_text_entity", firing("é日本🦆"), meta={"id": "mon_é"})
EVENT_COLUMNS = {"entity_id": "text", "event_key": "text", "occurred_at": "timestamp"}

NUMBER_ENTITY = scenario(
    "mon_number_entity",
    firing(
        {"entity_id": 42, "minutes": 1},
        {"entity_id": -7, "minutes": 1},
        columns={"entity_id": "bigint", "occurred_at": "timestamp", "minutes": "integer"},
    ),
)

QUOTED_ENTITY = scenario("mon_quoted_entity", firing("it's", 'a "b"', "1:2", ""))

EVENT_KEYS = scenario(
    "mon_event_keys",
    firing(
        {"entity_id": "ann", "event_key": "review 1"},
        {"entity_id": "ann", "event_key": "review 2"},
        columns=EVENT_COLUMNS,
    ),
    meta={"kind": "event"},
)

DEFAULT_KEYS = scenario(
    "mon_default_keys",
    firing(
        {"entity_id": "ann", "occurred_at": START},
        {"entity_id": "ann", "occurred_at": START + timedelta(milliseconds=250)},
        columns={"entity_id": "text", "occurred_at": "timestamp"},
    ),
    meta={"kind": "event"},
)


def test_golden_vectors_of_text_and_numbers(played: Played) -> None:
    (event,) = played(TEXT_ENTITY)[0].events
    assert event["event_id"] == GOLDEN_TEXT
    hashed = played.warehouse.rows(_hash_of("mon_é", "42", "1"))
    assert hashed == [{"event_id": GOLDEN_NUMBER}]


def _hash_of(*parts: str) -> str:
    """Spell the hash out, independently of the macros."""
    text = "".join(f"{len(part.encode())}:{part}" for part in parts)
    return f"select md5('{text}') as event_id"


def test_integers_are_hashed_as_their_text(played: Played) -> None:
    for event in played(NUMBER_ENTITY)[0].events:
        expected = _hash_of("mon_number_entity", event["entity_id"], "1")
        assert [{"event_id": event["event_id"]}] == played.warehouse.rows(expected)
    assert {event["entity_id"] for event in played(NUMBER_ENTITY)[0].events} == {"42", "-7"}


def test_awkward_entities_stay_apart_and_whole(played: Played) -> None:
    events = played(QUOTED_ENTITY)[0].events
    assert {event["entity_id"] for event in events} == {"it's", 'a "b"', "1:2", ""}
    assert len({event["event_id"] for event in events}) == 4


def test_an_event_is_identified_by_its_key(played: Played) -> None:
    events = played(EVENT_KEYS)[0].events
    assert [event["event_key"] for event in events] == ["review 1", "review 2"]
    expected = _hash_of("mon_event_keys", "ann", "review 1")
    assert played.warehouse.rows(expected) == [{"event_id": events[0]["event_id"]}]


def test_the_default_event_key_is_entity_and_moment(played: Played) -> None:
    keys = {event["event_key"] for event in played(DEFAULT_KEYS)[0].events}
    assert keys == {"ann|2024-03-01 06:00:00.000000", "ann|2024-03-01 06:00:00.250000"}
