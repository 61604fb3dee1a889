"""What a service level does by itself: `escalate`, `nudge`, `follow_up` and `quiet_after`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StrictInt, StrictStr, model_validator

from opsloop.clocks import Target
from opsloop.config.allowances import Allowance, seconds_of
from opsloop.config.schema import Strict
from opsloop.escalation import Addressee, EscalationPolicy, EscalationStep, Nudging, Trigger
from opsloop.faults import Fault, Path, dotted, refuse
from opsloop.types import WorkClass
from opsloop.words import did_you_mean, listed
from opsloop.yaml_source import YamlSource

WHEN = {f"{target}_{trigger}": (target, trigger) for target in Target for trigger in Trigger}


def _addressee(value: Any) -> Any:
    """Return `lead`, or the one key of a mapping such as `{team: dispatch}`."""
    if value == "lead":
        return {"kind": "lead"}
    if isinstance(value, dict) and len(value) == 1:
        ((kind, name),) = value.items()
        if kind in ("team", "person", "outside") and isinstance(name, str) and name.strip():
            return {"kind": kind, "id": name}
    raise refuse(
        f"{value!r} is nobody to ask.",
        "Write `lead`, or one of {team: …}, {person: …} and {outside: …}.",
    )


def _when(value: Any) -> Any:
    if value not in WHEN:
        raise refuse(
            f"'{value}' is nothing that a clock does.{did_you_mean(str(value), WHEN)}",
            f"Write one of {listed(WHEN)}.",
        )
    return value


class AddresseeSettings(Strict):
    """Whom to ask."""

    kind: Literal["lead", "team", "person", "outside"]
    id: StrictStr = ""

    def addressee(self) -> Addressee:
        """Return them as the decision needs them."""
        return Addressee(self.kind, self.id)


To = Annotated[AddresseeSettings, BeforeValidator(_addressee)]


class StepSettings(Strict):
    """One automatic escalation."""

    name: Annotated[StrictStr, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9_-]+$")]
    when: Annotated[str, BeforeValidator(_when)]
    to: To
    after: Allowance | None = None
    type: Annotated[StrictStr, Field(min_length=1)] = "help"
    class_: Annotated[WorkClass, Field(alias="class")] = "exception"

    def step(self) -> EscalationStep:
        """Return it as the decision needs it."""
        target, trigger = WHEN[self.when]
        after_s = seconds_of(self.after) if self.after else 0
        to = self.to.addressee()
        return EscalationStep(self.name, target, trigger, to, after_s, self.type, self.class_)


class NudgeSettings(Strict):
    """How what nobody answers is asked again."""

    every: Allowance
    times: Annotated[StrictInt, Field(ge=1, le=100)]
    then: To | None = None

    def nudging(self) -> Nudging:
        """Return it as the decision needs it."""
        return Nudging(
            seconds_of(self.every), self.times, self.then.addressee() if self.then else None
        )


class EscalationSettings(Strict):
    """The keys of a service level by which it acts by itself."""

    escalate: tuple[StepSettings, ...] = ()
    nudge: NudgeSettings | None = None
    follow_up: NudgeSettings | None = None
    quiet_after: Allowance | None = None

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [step.name for step in self.escalate]
        double = next((name for name in names if names.count(name) > 1), None)
        if double:
            raise refuse(f"Two steps are called '{double}'.", "The log tells them by their names.")
        return self

    def escalation(self) -> EscalationPolicy | None:
        """Return what it does by itself; None for nothing."""
        if not (self.escalate or self.nudge or self.follow_up or self.quiet_after):
            return None
        return EscalationPolicy(
            tuple(step.step() for step in self.escalate),
            self.nudge.nudging() if self.nudge else None,
            self.follow_up.nudging() if self.follow_up else None,
            seconds_of(self.quiet_after) if self.quiet_after else None,
        )


def escalation_faults(
    source: YamlSource,
    path: Path,
    settings: EscalationSettings,
    *,
    targets: Collection[Target],
    teams: Mapping[str, object],
    people: Collection[str],
) -> Iterator[Fault]:
    """Yield what the steps of a service level name and is not there.

    Args:
        path: of the service level in the file.
        targets: those that the level has.
    """
    for place, step in enumerate(settings.escalate):
        here = (*path, "escalate", place)
        target, _ = WHEN[step.when]
        if target not in targets:
            yield _fault(
                source,
                (*here, "when"),
                f"The service level has no target '{target}', so that it never comes to that.",
                "Add the target, or remove the step.",
            )
        yield from _unknown(source, (*here, "to"), step.to, teams, people)
    for key in ("nudge", "follow_up"):
        asking: NudgeSettings | None = getattr(settings, key)
        if asking and asking.then:
            yield from _unknown(source, (*path, key, "then"), asking.then, teams, people)


def _unknown(
    source: YamlSource,
    path: Path,
    to: AddresseeSettings,
    teams: Mapping[str, object],
    people: Collection[str],
) -> Iterator[Fault]:
    known: Collection[str] = {"team": teams, "person": people}.get(to.kind, (to.id,))
    if to.id not in known:
        what = f"There is no {to.kind} '{to.id}'.{did_you_mean(to.id, known)}"
        yield _fault(source, path, what, "Name another, or add it under `teams`.")


def _fault(source: YamlSource, path: Path, what: str, remedy: str) -> Fault:
    return Fault(source.file, source.line_of(path), dotted(path), what, remedy)
