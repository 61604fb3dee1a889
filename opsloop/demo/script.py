"""What the simulated desk says and decides, monitor by monitor. Data; every word is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from opsloop.types import Incident, ResolutionCode


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to somebody else, and what comes back."""

    to_kind: str
    to_id: str
    type: str
    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Script:
    """How the desk deals with the incidents of one monitor.

    `asking` is the share of incidents about which somebody else is asked, `codes` the weights of
    the codes with which people end them, `hand_over_to` the teams that some really belong to.
    """

    causes: tuple[str, ...]
    notes: tuple[str, ...]
    asks: tuple[Ask, ...] = ()
    asking: float = 0.25
    hand_over_to: tuple[str, ...] = ()
    codes: Mapping[str, float] = field(default_factory=lambda: USUAL_CODES)


FIXED, FALSE_ALARM = ResolutionCode.FIXED, ResolutionCode.FALSE_ALARM
DUPLICATE, ACCEPTED = ResolutionCode.DUPLICATE, ResolutionCode.ACCEPTED
USUAL_CODES: Mapping[str, float] = {FIXED: 0.86, FALSE_ALARM: 0.06, DUPLICATE: 0.08}

_SLOT = Ask(
    "team", "network_control", "decision", "Can it have an earlier slot?", "Moved up by 20 min."
)
_HOLD = Ask("team", "dispatch", "decision", "Can the connection wait?", "Ten minutes, no more.")
_REBOOK = Ask(
    "team", "network_control", "decision", "May we use seats of a partner?", "Yes, up to 30 seats."
)
_SWAP = Ask(
    "team",
    "maintenance_control",
    "resource",
    "Is a spare aircraft ready?",
    "One in the hangar, ready in two hours.",
)
_HOTEL = Ask(
    "outside", "Hotel desk", "resource", "Rooms for tonight, please.", "Rooms at the airport inn."
)
_REGISTER = Ask(
    "outside",
    "Civil register",
    "information",
    "Which aircraft is behind these tail numbers?",
    "They are fleet numbers, not registrations.",
)
_FEED = Ask(
    "team", "flight_data", "information", "Is the feed right here?", "Checked at the source: it is."
)

SCRIPTS: Mapping[str, Script] = {
    "mon_late_departures": Script(
        causes=("late inbound aircraft", "crew connection", "ground stop", "boarding"),
        notes=("Inbound is on final, boarding in 15.", "Crew is on its way from the other gate."),
        asks=(_SLOT, _FEED),
    ),
    "mon_last_departures_at_risk": Script(
        causes=("late inbound aircraft", "crew duty time", "ground stop"),
        notes=("Holding for the inbound connection.", "Passengers are told at the gate."),
        asks=(_SWAP, _HOTEL),
        asking=0.35,
    ),
    "mon_severe_departure_delays": Script(
        causes=("weather en route", "technical fault", "late inbound aircraft"),
        notes=("Vouchers are out.", "Connections rebooked, letters follow.", "Claims expected."),
        asks=(_REBOOK, _HOTEL),
        hand_over_to=("network_control",),
    ),
    "mon_late_arrivals": Script(
        causes=("headwind", "holding pattern", "late departure"),
        notes=("Connections hold for ten minutes.", "Tight connections are rebooked."),
        asks=(_HOLD,),
        asking=0.12,
    ),
    "mon_diversions": Script(
        causes=("weather at destination", "medical case on board", "fuel after holding"),
        notes=("On the ground, all well.", "Onward flight planned for the evening.", "Buses go."),
        asks=(
            Ask(
                "outside",
                "Handling agent",
                "resource",
                "Stairs and buses for a diverted flight?",
                "On stand in 30 minutes.",
            ),
            _HOTEL,
        ),
        asking=0.4,
        hand_over_to=("customer_care",),
    ),
    "mon_cancellations": Script(
        causes=("weather", "crew shortage", "aircraft out of service", "low load merged"),
        notes=("All but a few are rebooked.", "Rebooked on the next flight.", "Calls are out."),
        asks=(_REBOOK, _HOTEL),
        asking=0.25,
        hand_over_to=("network_control",),
    ),
    "mon_cancellation_waves": Script(
        causes=("ground stop", "weather", "crew out of position"),
        notes=("Recovery plan is out to the stations.", "First wave tomorrow is protected."),
        asks=(_SWAP, _REBOOK),
        asking=0.5,
    ),
    "mon_broken_rotations": Script(
        causes=("late inbound aircraft", "short turn planned", "aircraft swapped"),
        notes=("Swapped with the later rotation.", "Turn cut to 35 minutes.", "Watching it."),
        asks=(_SWAP, _HOLD),
    ),
    "mon_impossible_rotations": Script(
        causes=("wrong tail number in the feed", "swap not recorded"),
        notes=("Compared with the load sheet.",),
        asks=(_FEED,),
        codes={FIXED: 0.55, FALSE_ALARM: 0.45},
    ),
    "mon_unassigned_aircraft": Script(
        causes=("swap not recorded", "planned late", "aircraft in unplanned maintenance"),
        notes=("Assigned by phone, the system follows.",),
        asks=(_SWAP,),
    ),
    "mon_repeatedly_late_aircraft": Script(
        causes=("auxiliary power unit", "cabin fault", "tight rotation", "no common cause"),
        notes=("Taken out for a check tonight.", "Log book shows nothing.", "Part is ordered."),
        asks=(
            Ask(
                "team",
                "network_control",
                "decision",
                "Can it stay on the ground tonight?",
                "Yes, from 22:00 to 06:00.",
            ),
        ),
        codes={FIXED: 0.6, FALSE_ALARM: 0.2, ACCEPTED: 0.2},
    ),
    "mon_unregistered_aircraft": Script(
        causes=("fleet numbers instead of registrations", "leased aircraft"),
        notes=("The carrier reports its own numbers.",),
        asks=(_REGISTER,),
        asking=0.5,
        codes={FIXED: 0.4, ACCEPTED: 0.6},
    ),
    "mon_station_congestion": Script(
        causes=("ground stop", "one runway closed", "de-icing"),
        notes=("Release rate agreed with the tower.", "Departures every four minutes now."),
        asks=(
            Ask(
                "outside",
                "Control tower",
                "information",
                "How long will the rate stay reduced?",
                "Until the front is through, about an hour.",
            ),
        ),
        asking=0.4,
    ),
    "mon_station_weather": Script(
        causes=("low visibility", "gusts", "heavy rain"),
        notes=(
            "De-icing is staffed.",
            "Ramp is closed for lightning.",
            "Better at noon, they say.",
        ),
        asks=(_SLOT,),
        codes={FIXED: 0.7, ACCEPTED: 0.3},
    ),
    "mon_silent_weather": Script(
        causes=("the station's feed was down", "late delivery"),
        notes=("Asked the provider for a resend.",),
        asks=(
            Ask(
                "outside",
                "Weather service",
                "information",
                "No observation for hours: is your feed down?",
                "A sensor was in repair; back now.",
            ),
        ),
        asking=0.5,
    ),
    "mon_station_late_share": Script(
        causes=("weather", "one carrier's crew shortage", "runway works"),
        notes=("The carrier named explains most of it.", "Back to normal by tomorrow."),
        asks=(_FEED,),
        hand_over_to=("network_control",),
    ),
    "mon_carrier_late_share": Script(
        causes=("crew shortage", "knock-on from yesterday", "weather at its hub"),
        notes=("Called their control centre.", "They add a standby crew tomorrow."),
        asks=(_FEED,),
    ),
}

USUAL = Script(causes=("unknown",), notes=("Looking into it.",), asking=0.0)

# What comes to those who keep the rules and the data, whatever monitor it is of.
MAINTAINERS = Script(
    causes=("limit too low", "rule too broad", "late load"),
    notes=("Limit is looked at.",),
    codes={FALSE_ALARM: 0.6, FIXED: 0.4},
)

# Teams without people of their own, and who looks after their queue.
COVERS = {"maintainers": "flight_data"}

FOLLOW_UPS = (
    "Still waiting for an answer.",
    "Handed over at the end of the shift, all is in here.",
    "No change so far.",
)
HAND_OVER = "This belongs with you: we cannot do more from here."
REOPENING = "Closed too early: it is not over for the passengers."
FOR_THE_MAINTAINERS = "The rule fires for what nobody can act on. Please have a look at it."


@dataclass(frozen=True, slots=True)
class Mute:
    """A mute that somebody sets: of a whole monitor, or of the entity of an open incident."""

    days_before_end: float
    days: float
    team: str
    monitor_id: str
    is_of_entity: bool
    reason: str


MUTES = (
    Mute(11, 0.5, "network_control", "mon_late_arrivals", False, "Ground stop: handled as one."),
    Mute(
        1,
        5,
        "maintenance_control",
        "mon_repeatedly_late_aircraft",
        True,
        "In the hangar until the end of the week.",
    ),
)


def script_of(incident: Incident) -> Script:
    """Return how the desk deals with an incident."""
    return SCRIPTS.get(incident.monitor_id or "", USUAL)
