// Links to pages of the app are followed within the session, which a reload would end.
// With a modifier, or another button, the browser opens a tab of its own.

let stop = () => {}

export default function ({ setTriggerValue }) {
  stop()
  const onClick = (event) => {
    const link = event.target.closest?.("a.ol-go")
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    const url = new URL(link.href)
    const page = url.pathname.split("/").filter(Boolean).pop() ?? ""
    setTriggerValue("go", { page, params: Object.fromEntries(url.searchParams) })
  }
  document.addEventListener("click", onClick, true)
  stop = () => document.removeEventListener("click", onClick, true)
  return stop
}
