"""The values that opsloop.yml is made of, whatever the key: names, paths, and what refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from opsloop.faults import refuse
from opsloop.types import ResolutionCode


def _person_id(value: str) -> str:
    if not value or len(value) > 100 or any(letter.isspace() or letter == ":" for letter in value):
        raise refuse(f"'{value}' is not a person's id.", "Write one word, such as `ada.moreno`.")
    return value


def _team_name(value: str) -> str:
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    if not value or not set(value) <= allowed or len(value) > 60:
        raise refuse(
            f"'{value}' is not a team's name.",
            "Use lower-case letters, digits, `_` and `-`, such as `ground_ops`.",
        )
    return value


def _code_name(value: str) -> str:
    if not value or not set(value) <= set("abcdefghijklmnopqrstuvwxyz0123456789_"):
        raise refuse(
            f"'{value}' is not a resolution code.", "Use lower-case letters, digits and `_`."
        )
    if value in set(ResolutionCode):
        raise refuse(f"'{value}' is a code that opsloop has.", "List only your own codes.")
    return value


def nothing_is_empty(value: Any) -> Any:
    """Return an empty mapping for a key with nothing after it."""
    # `dispatch:` with nothing after it is YAML's null
    return {} if value is None else value


def _inside(value: str) -> str:
    if Path(value).is_absolute() or ".." in Path(value).parts:
        raise refuse(f"'{value}' leads out of the project.", "Write a path below its root.")
    return value


PersonId = Annotated[str, AfterValidator(_person_id)]
TeamName = Annotated[str, AfterValidator(_team_name)]
CodeName = Annotated[str, AfterValidator(_code_name)]
Glob = Annotated[str, AfterValidator(_inside)]


class Strict(BaseModel):
    """What refuses keys that it does not know, and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
