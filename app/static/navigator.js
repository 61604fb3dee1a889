// Links to pages of the app are followed within the session, which a reload would end.
// With a modifier, or another button, the browser opens a tab of its own.
// Where Python names a place to lead to, it is gone to at once.

function go(address) {
  // as if the browser had gone there: a switch of pages from Python leaves two places to go
  // back to, of which the first has the old page's name with the new one's parameters
  history.pushState(null, "", address)
  dispatchEvent(new PopStateEvent("popstate"))
}

function lead(to) {
  const { href } = new URL(to, location)
  if (href !== location.href) go(href) // once, however often this is drawn
}

function follow(event) {
  if (event.defaultPrevented) return // another one's, or followed already
  const link = event.target.closest?.("a.ol-go")
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return
  if (link.origin !== location.origin) return
  event.preventDefault()
  go(link.href)
}

// Streamlit's tables open the links of their cells in a tab of their own, which would ask again
// who works and have no way back.
const openTab = window.open

function openHere(address, target, features) {
  const { origin, href } = new URL(address || "", location)
  const pressed = window.event
  const isWanted = pressed?.metaKey || pressed?.ctrlKey || pressed?.shiftKey || pressed?.button
  if (!address || isWanted || origin !== location.origin) {
    return openTab.call(window, address, target, features)
  }
  go(href)
  return null
}

export default function ({ data }) {
  if (data?.to) {
    lead(data.to)
    return
  }
  document.addEventListener("click", follow, true) // the same one is added once
  window.open = openHere
}
