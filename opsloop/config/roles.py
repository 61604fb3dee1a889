"""`roles:` of opsloop.yml: who may do what; without it, whoever is known may do everything."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from opsloop.config.schema import PersonId, Strict, nothing_is_empty
from opsloop.faults import Fault, Path, dotted
from opsloop.roles import NEEDS, Deed, Role
from opsloop.words import did_you_mean
from opsloop.yaml_source import YamlSource


class RoleSettings(Strict):
    """What stands under `roles:`.

    Args:
        admins: who may do everything, beside the maintainers.
        needs: the role that a deed needs, where it is not the usual one.
    """

    admins: tuple[PersonId, ...] = ()
    needs: Annotated[dict[Deed, Role], BeforeValidator(nothing_is_empty)] = Field(
        default_factory=dict
    )

    def all_needs(self) -> Mapping[Deed, Role]:
        """Return the role that each deed needs."""
        return {**NEEDS, **self.needs}


Roles = Annotated[RoleSettings | None, BeforeValidator(nothing_is_empty)]


def role_faults(
    source: YamlSource,
    roles: RoleSettings | None,
    *,
    people: Collection[str],
    admins: Collection[str],
) -> Iterator[Fault]:
    """Yield what is wrong between the roles and who there is.

    Args:
        source: the file with `roles:`, for the lines.
        people: everybody that the files name, admins aside.
        admins: those that the roles name and the maintainers.
    """
    if roles is None:
        return
    if not people:
        what = "There are roles, and nobody is named who could have one."
        yield _fault(source, ("roles",), what, "Name the teams' leads and members.")
    for place, person in enumerate(roles.admins):
        if people and person not in people:
            what = f"There is no person '{person}'.{did_you_mean(person, people)}"
            remedy = "Name them in a team or under `people`, or remove them."
            yield _fault(source, ("roles", "admins", place), what, remedy)
    if admins:
        return
    for deed, role in roles.needs.items():
        if role is Role.ADMIN:
            what = f"Nobody could '{deed}': there are no admins."
            remedy = "Name `admins`, or members of the maintainers' team."
            yield _fault(source, ("roles", "needs", str(deed)), what, remedy)


def _fault(source: YamlSource, path: Path, what: str, remedy: str) -> Fault:
    return Fault(source.file, source.line_of(path), dotted(path), what, remedy)
