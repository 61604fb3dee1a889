// A table of incidents. Text reaches the page only through textContent, never as HTML.
// Taking reports the incident's number and the version that was shown, not the row's position.
// A click leads to the incident as if the browser had gone there, so that Back leads here again.

const COLUMNS = [
  { name: "priority", label: "", hint: "Priority and severity" },
  { name: "number", label: "No." },
  { name: "title", label: "Incident" },
  { name: "state", label: "State" },
  { name: "monitor", label: "Monitor" },
  { name: "team", label: "Team" },
  { name: "assignee", label: "Owner" },
  { name: "age", label: "Age", hint: "Since it was opened" },
  { name: "due", label: "Due", hint: "The next deadline of its service level" },
  { name: "impact", label: "Impact" },
  { name: "events", label: "Events", hint: "Firing of all" },
  { name: "escalations", label: "Esc.", hint: "Open escalations" },
]

function go(address) {
  history.pushState(null, "", address)
  dispatchEvent(new PopStateEvent("popstate"))
}

function element(tag, className, text, hint) {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (text !== undefined && text !== null) made.textContent = text
  if (hint) made.title = hint
  return made
}

function clockFace() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("viewBox", "0 0 16 16")
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path")
  path.setAttribute("d", "M3.2 4.2a6 6 0 1 1-1.1 4.6M3 1.5v3h3M8 4.8V8.3l2.4 1.4")
  svg.append(path)
  return svg
}

function entityLink(row, follow) {
  const said = `History of ${row.entity}`
  const link = element("a", "entity", null, said)
  link.setAttribute("aria-label", said)
  link.append(clockFace())
  link.href = row.entity_href
  link.addEventListener("click", (event) => {
    event.stopPropagation()
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    follow(row)
  })
  return link
}

function titleCell(row, follow) {
  const cell = element("td", "title")
  const line = element("div", "line")
  const link = element("a", null, row.title, row.title.slice(0, 600))
  link.href = row.href
  link.addEventListener("click", (event) => {
    // with a modifier the browser opens a tab of its own
    if (event.metaKey || event.ctrlKey || event.shiftKey) return event.stopPropagation()
    event.preventDefault()
  })
  line.append(link)
  for (const flag of row.flags) line.append(element("span", `flag ${flag.kind}`, flag.label, flag.hint))
  if (row.entity) line.append(entityLink(row, follow))
  cell.append(line)
  return cell
}

function ownerCell(row, take) {
  const cell = element("td", "assignee" + (row.is_mine ? " mine" : ""), row.assignee)
  if (!row.assignee && row.can_take && take) {
    const button = element("button", "take", "Take", `Make #${row.number} yours`)
    button.type = "button"
    button.addEventListener("click", (event) => {
      event.stopPropagation()
      take(row)
    })
    cell.append(button)
  }
  return cell
}

function cellOf(column, row, actions) {
  if (column.name === "title") return titleCell(row, actions.follow)
  if (column.name === "assignee") return ownerCell(row, actions.take)
  const cell = element("td", column.name)
  if (column.name === "priority") {
    cell.append(element("span", `mark ${row.severity}`, row.priority || "–", row.severity_label))
  } else if (column.name === "state") {
    cell.append(element("span", `standing ${row.state}`, row.state_label))
  } else if (column.name === "due") {
    cell.append(element("span", `due-${row.due_kind}`, row.due, row.due_hint))
  } else {
    cell.textContent = row[column.name]
    cell.title = row[`${column.name}_hint`] || row[column.name] // which may be cut off
  }
  return cell
}

function bodyOf(rows, columns, actions) {
  const body = element("tbody")
  for (const row of rows) {
    const line = element("tr")
    line.dataset.number = row.number
    line.addEventListener("click", () => actions.open(row))
    line.append(...columns.map((column) => cellOf(column, row, actions)))
    body.append(line)
  }
  return body
}

function headOf(columns) {
  const line = element("tr")
  for (const column of columns) line.append(element("th", column.name, column.label, column.hint))
  const head = element("thead")
  head.append(line)
  return head
}

export default function ({ data, setTriggerValue, parentElement }) {
  const seen = (row) => ({ number: row.number, decision_version: row.decision_version })
  const actions = {
    open: (row) => go(row.href),
    follow: (row) => go(row.entity_href),
    take: data.is_for_reading ? null : (row) => setTriggerValue("taken", seen(row)),
  }
  const columns = COLUMNS.filter((column) => !data.hidden.includes(column.name))
  const table = element("table", data.is_for_reading ? "compact" : "")
  table.append(headOf(columns), bodyOf(data.rows, columns, actions))
  parentElement.querySelector("table")?.remove()
  parentElement.append(table)
}
