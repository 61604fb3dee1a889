"""Words by which other systems' logs name columns, states and activities, in several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

NULL_MARKS = ("?", "-", "--", "NULL", "null", "N/A", "n/a", "#N/A", "NaN", "nan", "None", "\\N")
TIME_FORMATS = (
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d %I:%M %p",
    "%Y%m%d%H%M%S",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
)

# what a column is for → how it may be called, the surest first
COLUMNS: Mapping[str, Sequence[str]] = {
    "case": (
        r"^case[:_ ]?concept[:_ ]?name$",
        r"^(case|ticket|incident|issue|request|sr|vorgang|fall|caso|dossier)[_ ]?"
        r"(id|no|nr|num|number|nummer|key|numero)?$",
        r"^(number|nummer|numero|numéro|key|id)$",
        r"(case|ticket|incident|issue|vorgang|caso).*(id|no|nr|number|nummer|key)$",
    ),
    "activity": (
        r"^concept[:_ ]?name$",
        r"^(activity|aktivit|attivit|actividad|activité|tätigkeit)",
        r"^(event|action|operation|step|schritt|aktion|azione|acción)([_ ]?(name|type))?$",
    ),
    "state": (
        r"^(incident|ticket|case|issue)?[_ ]?(state|status|zustand|stato|estado|statut|état)$",
        r"(state|status|zustand|stato|estado|statut)",
    ),
    "at": (
        r"^time[:_ ]?timestamp$",
        r"(sys[_ ]?)?(updated|modified|changed|geändert|aktualisiert|modificat|actualiz)",
        r"^(timestamp|time|zeit(punkt)?|datum|date|datetime|data|fecha|heure)$",
        r"(timestamp|complete|zeitstempel|event[_ ]?time|change[_ ]?date)",
    ),
    "actor": (
        r"^org[:_ ]?resource$",
        r"(updated|modified|changed|geändert|performed|done)[_ ]?(by|von)",
        r"^(resource|user|agent|author|benutzer|utente|usuario|worker|operator)([_ ]?(id|name))?$",
    ),
    "person": (
        r"^(assigned[_ ]?to|assignee|owner|bearbeiter|zugewiesen|incaricato|asignado|attribué)",
        r"(assigned|assignee|bearbeiter)",
    ),
    "team": (
        r"^(assignment[_ ]?group|team|work[_ ]?group|support[_ ]?(group|team)|org[:_ ]?group)$",
        r"(group|team|gruppe|abteilung|squadra|reparto|equipo|équipe|queue|section|sezione)$",
    ),
    "priority": (r"^priorit", r"priorit"),
    "sequence": (r"(mod[_ ]?count|update[_ ]?(no|nr|number)|sequence|seq|revision|version|lfd)",),
    "reassigned": (r"(re-?assign|umverteil|riassegn).*(count|no|nr|number|anzahl)?",),
    "reopened": (r"re-?open.*(count|no|nr|number|anzahl)",),
    "opened_at": (
        r"^(opened|open|created|reported|eröffnet|erstellt|angelegt|apert|creat|abiert|ouvert)"
        r".*(at|on|date|time|am)?$",
    ),
    "resolved_at": (r"^(resolved|solved|gelöst|risolt|resuelt|résolu).*(at|on|date|time|am)?$",),
    "closed_at": (r"^(closed|geschlossen|chius|cerrad|fermé|clôtur).*(at|on|date|time|am)?$",),
    "resolution_code": (r"(clos|resol|lösung|solu).*(code|kennz)", r"^resolution$"),
    "type": (
        r"^(category|kategorie|categoria|catégorie|service[_ ]?type|request[_ ]?type|type)$",
        r"(category|kategorie)",
    ),
    "entity": (
        r"^(customer|client|kunde|cliente|account|company)",
        r"(product|produkt|cmdb|asset)",
    ),
    "title": (r"^(short[_ ]?description|subject|title|summary|betreff|oggetto|asunto|titre)$",),
}

# what a word of an activity or state means; the first that fits counts
ACTIVITIES: Sequence[tuple[str, str]] = (
    (r"re-?open|wieder\s?(er)?öffn|riapert|reabiert|rouvert", "reopened"),
    (r"(resolv|fix|close|lös).*(anomal|defect|bug|problem|change|fehler)", "answered"),
    (r"clos|geschlossen|schließ|chius|cerrad|fermé|clôtur|^end$|ende$", "closed"),
    (
        r"wait|pending|await|hold|suspend|wart|attesa|sospes|espera|attente|stand-?by",
        "set_waiting",
    ),
    (
        r"resolv|solved|fixed|gelöst|lösen|erledigt|risol|resuel|résolu|complet|done|fertig",
        "resolved",
    ),
    (r"escal|eskal|upgrade|anomal|second level|2nd|third level|3rd", "escalated"),
    (r"serious|severity|priori|urgen|dringlich|gravit", "prioritized"),
    (r"classif|categor|kategor", "classified"),
    (r"re-?assign|transfer|forward|weiterleit|umverteil|riassegn|hand ?over", "reassigned"),
    (
        r"take|in charge|accept|in progress|in arbeit|start|begin|active|aktiv|work|carico"
        r"|übernomm|bearbeit|lavorazione|progreso|en cours",
        "taken",
    ),
    (r"assign|zuweis|zugewiesen|assegn|asign|affect|queue", "assigned"),
    (
        r"open|creat|insert|regist|new|submit|neu|erfass|angelegt|inser|nuov|crea|alta|nouv|log",
        "opened",
    ),
    (r"answer|repl|antwort|rispost|respuest", "updated"),
)
STATES: Mapping[str, str] = {
    "reopened": "active",
    "answered": "active",
    "closed": "closed",
    "set_waiting": "waiting",
    "resolved": "resolved",
    "escalated": "active",
    "taken": "active",
    "assigned": "active",
    "reassigned": "active",
    "opened": "new",
}
_WAITS_FOR = (
    (r"customer|user|caller|client|kund|anwender|cliente|utente|usuario", "customer"),
    (r"vendor|supplier|third|provider|lieferant|fornitor|proveedor|fournisseur", "supplier"),
)


def rank(role: str, name: str) -> int | None:
    """Return how surely a column of that name has a role: 0 = surest; None = not at all."""
    for place, pattern in enumerate(COLUMNS[role]):
        if re.search(pattern, name.strip(), re.IGNORECASE):
            return place
    return None


def activity_of(word: str) -> str | None:
    """Return the action that an activity's name means, if it says any."""
    return next((what for pattern, what in ACTIVITIES if re.search(pattern, word, re.I)), None)


def state_of(word: str) -> str | None:
    """Return the state that a state's name means, if it says any."""
    state = STATES.get(activity_of(word) or "")
    if state == "waiting":
        kind = next((kind for pattern, kind in _WAITS_FOR if re.search(pattern, word, re.I)), None)
        return f"{state} {kind}" if kind else state
    return state
