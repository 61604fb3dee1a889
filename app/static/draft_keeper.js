// Reports what is being typed, a moment after the last letter, so that it is kept before it is sent.
// The fields stay Streamlit's own: this listens beside them.

const PAUSE_MS = 700
let stop = () => {}

function fieldOf(target, data) {
  if (!target.matches?.("textarea, input[type=text]")) return null
  const keyed = target.closest(`[class*="st-key-${data.prefix}"]`)
  const name = [...(keyed?.classList ?? [])].find((one) => one.startsWith(`st-key-${data.prefix}`))
  const field = name?.slice(`st-key-${data.prefix}`.length)
  return data.fields.includes(field) ? field : null
}

export default function ({ data, setTriggerValue }) {
  stop()
  let typed = {}
  let timer = null
  const report = () => {
    clearTimeout(timer)
    if (Object.keys(typed).length) setTriggerValue("typed", typed)
    typed = {}
  }
  const onInput = (event) => {
    const field = fieldOf(event.target, data)
    if (!field) return
    typed[field] = event.target.value
    clearTimeout(timer)
    timer = setTimeout(report, PAUSE_MS)
  }
  // what is sent now is no draft any more
  const onPress = (event) => {
    if (!event.target.closest?.("[data-testid=stFormSubmitButton]")) return
    clearTimeout(timer)
    typed = {}
  }
  const onHide = () => document.visibilityState === "hidden" && report()
  document.addEventListener("input", onInput, true)
  document.addEventListener("pointerdown", onPress, true)
  document.addEventListener("visibilitychange", onHide)
  stop = () => {
    clearTimeout(timer)
    document.removeEventListener("input", onInput, true)
    document.removeEventListener("pointerdown", onPress, true)
    document.removeEventListener("visibilitychange", onHide)
  }
  return stop
}
