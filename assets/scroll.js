// Scrolls to an element, or to the end of the page, once for each visit. Streamlit draws a page piece by piece and scrolls
// to the end of a chat by itself, so this goes on until the page is complete and nothing has moved for a while. Whoever
// scrolls, taps or types once the element is there goes where they want: from then on it only evens out how what is drawn
// above moves the element, so that what they read stays where it is.
const SETTLE_MS = 1000
const GIVE_UP_MS = 10000
const STEP_MS = 60
const USER_EVENTS = ["wheel", "touchstart", "pointerdown", "keydown"]
// Not passive: the browser would scroll before this hears of it, and a step in between would scroll back.
const LISTENING = { capture: true, passive: false }
// A page may have two of these. Only the one that came last scrolls: two would pull it back and forth.
let endOther = () => {}

export default function ({ data, parentElement }) {
  if (!data || parentElement.scrolledFor === data.visit) return
  parentElement.scrolledFor = data.visit
  const main = document.querySelector(".stMain")
  let movedAt = performance.now()
  let isOver = false
  let isUserMoving = false
  let isFound = false
  let place
  const leave = (event) => {
    if (!event.isTrusted) return
    if (!data.selector) return end()
    if (!isFound) return
    isUserMoving = true
    stopListening()
  }
  const stopListening = () => USER_EVENTS.forEach((name) => window.removeEventListener(name, leave, LISTENING))
  const end = () => {
    isOver = true
    main.style.overflowAnchor = ""
    // By this `follow.js` learns where it ended.
    main.dispatchEvent(new Event("scroll"))
    main.isHeld = false
    stopListening()
  }
  const step = () => {
    if (isOver) return
    if (parentElement.scrolledFor !== data.visit || !main.isConnected) return end()
    const element = data.selector ? main.querySelector(data.selector) : main
    const now = performance.now()
    const before = main.scrollTop
    if (isUserMoving) main.scrollBy({ top: element ? placeOf(element, main) - place : 0, behavior: "instant" })
    else if (data.selector) element?.scrollIntoView({ block: data.block })
    else main.scrollTo(0, main.scrollHeight)
    if (element && data.selector) {
      place = placeOf(element, main)
      if (!isFound) focusOn(element)
      isFound = true
    }
    if (isDrawing() || main.scrollTop !== before) movedAt = now
    if (now - movedAt > (element ? SETTLE_MS : GIVE_UP_MS)) return end()
    setTimeout(step, STEP_MS)
  }
  endOther()
  endOther = end
  // The browser would even out some of the movements too, and then they would count twice.
  main.style.overflowAnchor = "none"
  // As long as this goes on, `follow.js` lets Streamlit move nothing.
  main.isHeld = Boolean(data.selector)
  USER_EVENTS.forEach((name) => window.addEventListener(name, leave, LISTENING))
  step()
}

// Where an element is on the page, however far the page is scrolled.
function placeOf(element, main) {
  return element.getBoundingClientRect().top + main.scrollTop
}

function isDrawing() {
  const app = document.querySelector("[data-testid=stApp]")
  return app?.getAttribute("data-test-script-state") === "running"
}

// The next Tab, and a screen reader, go on from there. A box can be typed in at once.
function focusOn(element) {
  const box = element.querySelector("textarea")
  if (!box) element.tabIndex = -1
  ;(box ?? element).focus({ preventScroll: true })
}
