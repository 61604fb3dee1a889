"""What may stand in an import map, key by key."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from opsloop.config.schema import Strict, nothing_is_empty
from opsloop.faults import refuse
from opsloop.importing.words import StateWord, state_word
from opsloop.words import did_you_mean

ActionWord = Literal[
    "opened",
    "taken",
    "assigned",
    "reassigned",
    "prioritized",
    "classified",
    "commented",
    "updated",
    "escalated",
    "nudged",
    "answered",
    "worked",
    "set_waiting",
    "resumed",
    "snoozed",
    "woken",
    "resolved",
    "closed",
    "reopened",
]
ToKind = Literal["team", "person", "outside"]
COUNTED = ("assigned", "reassigned", "reopened", "escalated", "nudged", "updated", "commented")


def _leaf(value: Any) -> Any:
    """Return an expression as text: YAML reads `1` and `true` as values."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _filled(value: str) -> str:
    if not value.strip():
        raise refuse("There is no expression.", "Write a column's name or an SQL expression.")
    return value


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str | int | float) else value


def _zone(value: str) -> str:
    known = available_timezones()
    if value not in known:
        raise refuse(
            f"There is no time zone '{value}'.{did_you_mean(value, known)}",
            "Write a name of the IANA database, such as `Europe/Berlin`.",
        )
    return value


def _source_name(value: str) -> str:
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    if not value or not set(value) <= allowed or len(value) > 60:
        raise refuse(
            f"'{value}' is not a source's name.",
            "Use lower-case letters, digits, `_` and `-`, such as `old_helpdesk`.",
        )
    return value


def _separator(value: str) -> str:
    if len(value) != 1 or value in '"\r\n':
        raise refuse(f"{value!r} separates no values.", 'Write one character, such as ";".')
    return value


def _let_names(value: dict[str, Any]) -> dict[str, Any]:
    for name in value:
        if not name.isidentifier() or name.startswith("__") or name.lower() in ("prev", "line"):
            raise refuse(f"'{name}' cannot be a name.", "Use letters, digits and `_`.")
    return value


Leaf = Annotated[str, BeforeValidator(_leaf), AfterValidator(_filled)]
Leaves = Annotated[tuple[Leaf, ...], BeforeValidator(_listed)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
SourceName = Annotated[str, AfterValidator(_source_name)]
Lets = Annotated[dict[str, Leaf], BeforeValidator(nothing_is_empty), AfterValidator(_let_names)]


def _read(value: Any) -> Any:
    """Return the settings with `null` as a key, which YAML reads as nothing."""
    value = nothing_is_empty(value)
    if isinstance(value, dict):
        return {"null" if key is None else key: one for key, one in value.items()}
    return value


class ReadSettings(Strict):
    """How the file is written."""

    separator: Annotated[str, AfterValidator(_separator)] | None = None
    encoding: Literal["utf-8", "windows-1252", "latin-1", "utf-16"] | None = None
    null: Texts = ()
    time: Texts = ()
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    ambiguous: Literal["first", "second", "reject"] = "first"
    nonexistent: Literal["shift", "reject"] = "shift"

    @property
    def time_zone(self) -> ZoneInfo:
        """The zone of times that name none."""
        return ZoneInfo(self.zone)


class Window(Strict):
    """Between which days the log is whole, and of what: days of UTC, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: date = Field(alias="from")
    to: date
    complete_for: Literal["opened", "closed", "updated"] = "opened"

    @model_validator(mode="after")
    def _in_order(self) -> Window:
        if self.to < self.from_:
            raise refuse(f"It ends ({self.to}) before it begins ({self.from_}).", "Swap them.")
        return self


class SetLeaves(Strict):
    """What a row says of its case from then on; null = it says nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    state: Leaf | None = None
    team: Leaf | None = None
    person: Leaf | None = None
    priority: Leaf | None = None
    severity: Leaf | None = None
    class_: Leaf | None = Field(default=None, alias="class")
    type: Leaf | None = None
    impact: Leaf | None = None
    waiting_kind: Leaf | None = None
    waiting_on: Leaf | None = None


class Facts(Strict):
    """What is true of a whole case: the last row that says it is believed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    resolution_code: Leaf | None = None
    root_cause: Leaf | None = None
    found_by: Leaf | None = None
    entity: Leaf | None = None
    class_: Leaf | None = Field(default=None, alias="class")
    type: Leaf | None = None
    severity: Leaf | None = None
    impact_unit: Leaf | None = None


class RowRule(Strict):
    """Something that a row says happened."""

    action: ActionWord
    when: Leaf | None = None
    once: Literal["first", "last"] | None = None
    delta: Leaf | None = None
    at: Leaf | None = None
    to: Leaf | None = None
    to_kind: ToKind = "team"
    type: Leaf | None = None
    person: Leaf | None = None
    minutes: Leaf | None = None
    text: Leaf | None = None

    @model_validator(mode="after")
    def _fits(self) -> RowRule:
        if self.delta is not None and self.action not in COUNTED:
            raise refuse(
                f"'{self.action}' cannot be counted by `delta`.", f"Counted: {', '.join(COUNTED)}."
            )
        if self.delta is not None and (self.once or self.at):
            raise refuse("`delta` counts row by row: it has no `once` and no `at`.", "Leave one.")
        if (self.action == "worked") != (self.minutes is not None):
            raise refuse("`minutes` belongs to the action worked, and to no other.", "Add or drop.")
        if self.to is not None and self.action != "escalated":
            raise refuse("`to` belongs to the action escalated.", "Use `set:` for owners.")
        return self


def _states(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(pattern): _state(word) for pattern, word in value.items()}
    return value


def _state(word: Any) -> Any:
    return state_word(word) if isinstance(word, str) else word


class ImportMap(Strict):
    """How the log of another system becomes the log of incidents."""

    version: Literal[1] = 1  # of this language
    source: SourceName | None = None
    people: Literal["pseudonyms", "keep"] = "pseudonyms"
    read: Annotated[ReadSettings, BeforeValidator(_read)] = ReadSettings()
    case: Leaf
    at: Leaf | None = None
    actor: Leaf | None = None
    title: Leaf | None = None
    order: Leaves = ()
    key: Leaves = ()
    window: Window | None = None
    let: Lets = Field(default_factory=dict)
    set: Annotated[SetLeaves, BeforeValidator(nothing_is_empty)] = SetLeaves()
    states: Annotated[
        dict[str, StateWord], BeforeValidator(nothing_is_empty), BeforeValidator(_states)
    ] = Field(default_factory=dict)
    rows: tuple[RowRule, ...] = ()
    facts: Annotated[Facts, BeforeValidator(nothing_is_empty)] = Facts()

    @model_validator(mode="after")
    def _whole(self) -> ImportMap:
        if self.states and self.set.state is None:
            raise refuse("`states` translates what `set.state` says, and there is none.", "Add it.")
        return self


def keys_at(path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the mapping at a path of a map may have; none where they are names."""
    schemas: dict[tuple[str, ...], type[Strict]] = {
        (): ImportMap,
        ("read",): ReadSettings,
        ("window",): Window,
        ("set",): SetLeaves,
        ("facts",): Facts,
        ("rows",): RowRule,
    }
    schema = schemas.get(tuple(part for part in path if isinstance(part, str)))
    if schema is None:
        return []
    return [field.alias or name for name, field in schema.model_fields.items()]
