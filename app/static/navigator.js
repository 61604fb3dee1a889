// Links to pages of the app are followed within the session, which a reload would end.
// With a modifier, or another button, the browser opens a tab of its own.

let stop = () => {}

export default function () {
  stop()
  const onClick = (event) => {
    const link = event.target.closest?.("a.ol-go")
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return
    if (link.origin !== location.origin) return
    event.preventDefault()
    // as if the browser had gone there: a switch of pages from Python leaves two places to go
    // back to, of which the first has the old page's name with the new one's parameters
    history.pushState(null, "", link.href)
    dispatchEvent(new PopStateEvent("popstate"))
  }
  document.addEventListener("click", onClick, true)
  stop = () => document.removeEventListener("click", onClick, true)
  return stop
}
