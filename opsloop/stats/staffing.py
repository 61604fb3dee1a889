"""How many people the coming work takes, with each factor in sight."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Staffing:
    """Units × incidents per unit × minutes per incident ÷ capacity = people.

    Attributes:
        units: of the population in the period, such as orders; None = not known, then the incidents
            stand for themselves.
        incidents: expected in the period.
        minutes_per_incident: recorded person-minutes of an incident; None = no work log.
        capacity_minutes: what one person has for incidents in the period; None = not set.
    """

    units: float | None
    incidents: float
    minutes_per_incident: float | None
    capacity_minutes: float | None

    @property
    def incidents_per_unit(self) -> float | None:
        """Incidents for each unit of the population; None = the population is not known."""
        return self.incidents / self.units if self.units else None

    @property
    def minutes(self) -> float | None:
        """The work in the period; None = not known."""
        known = self.minutes_per_incident
        return None if known is None else self.incidents * known

    @property
    def people(self) -> float | None:
        """How many people that takes; None = a factor is not known."""
        if self.minutes is None or not self.capacity_minutes:
            return None
        return self.minutes / self.capacity_minutes


def people_needed(
    units: float,
    incidents_per_unit: float,
    minutes_per_incident: float | None,
    capacity_minutes: float | None,
) -> Staffing:
    """Return how many people an expected number of units takes.

    Args:
        units: expected in the period.
        incidents_per_unit: of the recent past.
        minutes_per_incident: recorded person-minutes; None = no work log.
        capacity_minutes: what one person has for incidents in the period; None = not set.
    """
    return Staffing(units, units * incidents_per_unit, minutes_per_incident, capacity_minutes)
