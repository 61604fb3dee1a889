"""What may stand under `config.meta.monitor` in a monitor's YAML: keys, types, defaults.

The materialization judges the same keys in Jinja (macros/monitor/definition.sql), so that a bare
`dbt build` refuses what is refused here.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
)

from opsloop.config.priorities import ImpactBandSettings
from opsloop.faults import refuse
from opsloop.types import Kind, Severity
from opsloop.words import did_you_mean, listed

TIME_UNITS = ("minutes", "hours", "days")
# columns of a monitor's SELECT that have a meaning of their own
NO_EVIDENCE = ("entity_id", "event_key", "occurred_at", "severity", "owner", "impact")
GROUP_FIELDS = ("events_total", "impact")


def template_fields(template: str) -> list[str]:
    """Return the column names that a title template uses, in order.

    Raises:
        ValueError: the template is malformed; the text says how.
    """
    fields = []
    for _, name, format_spec, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier():
            shown = name or "{}"
            raise ValueError(f"'{shown}' is not a column's name")
        if conversion or "{" in (format_spec or ""):
            raise ValueError(f"'{name}' may have a format such as :.0f, and nothing else")
        fields.append(name)
    return fields


def _template(value: str) -> str:
    try:
        template_fields(value)
    except ValueError as error:
        raise refuse(
            f"The template is malformed: {error}.",
            "Write columns in braces, such as `{carrier} {impact:.0f} min late`; a brace itself "
            "is `{{` or `}}`.",
        ) from None
    return value


def _filled(value: str) -> str:
    if not value.strip():
        raise refuse("It is empty.", "Write a text, or remove the key.")
    return value


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise refuse("A name stands there twice.", "Keep one.")
    return values


def _duration(value: Any) -> timedelta:
    remedy = f"Write {{minutes: 30}}, with {listed(TIME_UNITS)} and a number above 0."
    _check_parts(value, TIME_UNITS, remedy)
    try:
        return timedelta(**value)
    except OverflowError:
        raise refuse("That is longer than any calendar.", remedy) from None


def _damping(value: Any) -> timedelta | int:
    """Return a time, or a number of runs."""
    remedy = f"Write {{runs: 3}}, or {{minutes: 30}} with {listed(TIME_UNITS)}."
    if isinstance(value, dict) and "runs" in value:
        _check_parts(value, ("runs",), remedy)
        if not isinstance(value["runs"], int):
            raise refuse(f"{value['runs']} is not a whole number of runs.", remedy)
        return value["runs"]
    return _duration(value)


def _check_parts(value: Any, units: Sequence[str], remedy: str) -> None:
    if not isinstance(value, dict) or not value:
        raise refuse(f"{value!r} is not a duration.", remedy)
    for unit, count in value.items():
        if unit not in units:
            raise refuse(f"'{unit}' is not a unit of time.{did_you_mean(unit, units)}", remedy)
        if isinstance(count, bool) or not isinstance(count, int | float) or not count > 0:
            raise refuse(f"{count!r} {unit} is not a time above 0.", remedy)


Text = Annotated[str, AfterValidator(_filled)]
Template = Annotated[Text, AfterValidator(_template)]
Names = Annotated[tuple[Text, ...], Field(min_length=1), AfterValidator(_distinct)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Damping = Annotated[timedelta | int, BeforeValidator(_damping)]
Cap = Annotated[StrictInt, Field(ge=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Population(_Strict):
    """The rows that a monitor looks at; the latest value of `updated_at` is their age."""

    model: Text
    where: Text | None = None
    updated_at: Text | None = None


class RetroSettings(_Strict):
    """What the retrospective's figures of this monitor are told apart by, beside what all are."""

    by: Names


class Definition(_Strict):
    """A monitor's definition as its YAML has it. A time is a timedelta, a number counts runs."""

    kind: Kind
    entity: Text
    owner: Text
    severity: Severity
    title: Template
    id: Text | None = None
    previously: Annotated[tuple[Text, ...], AfterValidator(_distinct)] = ()
    impact_unit: Text | None = None
    group_by: Names = ("entity_id",)
    group_title: Template | None = None
    runbook: Text | None = None
    class_: Annotated[
        Literal["exception", "request", "question", "improvement"], Field(alias="class")
    ] = "exception"
    type: Text | None = None
    maintainers: Text | None = None
    population: Population | None = None
    fresh_within: Duration | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    pending_for: Damping | None = None
    keep_for: Damping | None = None
    reopen_within: Duration = timedelta(days=7)
    verify_within: Duration = timedelta(days=1)
    worse_by: Annotated[float, Field(gt=0)] = 0.5
    on_clear: Literal["resolve", "flag"] = "resolve"
    max_new_incidents: Cap = 100
    max_new_incidents_first_run: Cap = 20
    impact_bands: ImpactBandSettings | None = None
    retro: RetroSettings | None = None

    def mismatches(self) -> Iterator[tuple[str, str, str]]:
        """Yield what does not fit together: the key, what is wrong, the remedy."""
        if self.fresh_within and not (self.population and self.population.updated_at):
            yield (
                "fresh_within",
                "It needs population.updated_at.",
                "Name the column whose latest value is the data's age.",
            )
        for key in ("pending_for", "keep_for"):
            if self.kind is Kind.EVENT and getattr(self, key) is not None:
                yield key, "It means nothing for kind event, which never clears.", "Remove it."
        for name in self.retro.by if self.retro else ():
            if name.lower() in NO_EVIDENCE:
                what = f"'{name}' is no evidence: the figures know it, or it says when."
                yield "retro", what, "Name columns that the SELECT adds as evidence."
        known = (*self.group_by, *GROUP_FIELDS)
        for name in template_fields(self.group_title or ""):
            if name not in known:
                what = f"'{name}' is none of group_by's columns.{did_you_mean(name, known)}"
                yield "group_title", what, f"Use {listed(known)}."


KEYS = tuple(field.alias or name for name, field in Definition.model_fields.items())


def keys_at(path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the mapping at `path` of a definition may have."""
    if path[:1] == ("impact_bands",):
        return list(ImpactBandSettings.model_fields)
    if path[:1] == ("retro",):
        return list(RetroSettings.model_fields)
    return list(Population.model_fields) if path[:1] == ("population",) else list(KEYS)
