"""`person_figures:` of opsloop.yml: whether there are figures of persons, and for how long."""

from __future__ import annotations

from pydantic import Field

from opsloop.config.schema import Strict


class PersonFigures(Strict):
    """Figures of persons are wanted (definition 17); without this key there are none.

    `days` is how far back they are counted, until now: what is older counts for nobody.
    """

    days: int = Field(strict=True, ge=7, le=366)
