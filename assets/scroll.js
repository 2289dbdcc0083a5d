// Scrolls to an element, or to the end of the page, once for each visit. Streamlit draws a page piece by piece and scrolls
// to the end of a chat by itself, so this goes on until the page is complete and nothing has moved for a while. Whoever
// scrolls, taps or types meanwhile keeps the place that they chose.
const SETTLE_MS = 1000
const GIVE_UP_MS = 10000
const STEP_MS = 60
const USER_EVENTS = ["wheel", "touchstart", "pointerdown", "keydown"]

export default function ({ data, parentElement }) {
  if (!data || parentElement.scrolledFor === data.visit) return
  parentElement.scrolledFor = data.visit
  let movedAt = performance.now()
  let isOver = false
  let hasFocused = false
  const end = () => {
    isOver = true
    USER_EVENTS.forEach((name) => window.removeEventListener(name, end, true))
  }
  const step = () => {
    if (isOver || parentElement.scrolledFor !== data.visit) return end()
    const main = document.querySelector(".stMain")
    const element = data.selector ? main?.querySelector(data.selector) : main
    const before = main?.scrollTop
    if (data.selector) element?.scrollIntoView({ block: "start" })
    else main?.scrollTo(0, main.scrollHeight)
    if (element && data.selector && !hasFocused) {
      hasFocused = true
      focusOn(element)
    }
    const now = performance.now()
    if (isDrawing() || main?.scrollTop !== before) movedAt = now
    if (now - movedAt > (element ? SETTLE_MS : GIVE_UP_MS)) return end()
    setTimeout(step, STEP_MS)
  }
  USER_EVENTS.forEach((name) => window.addEventListener(name, end, true))
  step()
}

function isDrawing() {
  const app = document.querySelector("[data-testid=stApp]")
  return app?.getAttribute("data-test-script-state") === "running"
}

// The next Tab, and a screen reader, go on from there.
function focusOn(element) {
  element.tabIndex = -1
  element.focus({ preventScroll: true })
}
