// One palette for the whole page. It stands outside of Streamlit's elements, so that it opens over any page, also while a
// script runs. Streamlit calls the function below after each run: then only the way back to the script is renewed.
const _ = (text) => window.lakechatTexts?.[text] ?? text
const DEBOUNCE_MS = 120
const MOST_CHATS = 8
const PHONE = "(max-width: 768px)"
const COLORS = ["background-color", "secondary-background-color", "text-color", "primary-color", "border-color", "font"]

export default function ({ data, parentElement, setTriggerValue }) {
  const host = document.getElementById("lakechat-palette") ?? build(data)
  host.choose = (chosen) => setTriggerValue("chosen", chosen)
  host.paint = () => {
    const theme = getComputedStyle(parentElement.host ?? parentElement)
    COLORS.forEach((name) => host.style.setProperty(`--st-${name}`, theme.getPropertyValue(`--st-${name}`)))
  }
  host.paint()
  document.querySelector("[data-testid=stSidebarNavLink][href$='/search']")?.setAttribute(
    "aria-keyshortcuts",
    isMac() ? "Meta+K" : "Control+K",
  )
}

function build(data) {
  const host = document.createElement("div")
  host.id = "lakechat-palette"
  const root = host.attachShadow({ mode: "open" })
  // Only our own files; what was said is added as text, below.
  root.innerHTML = `<style>${data.css}</style>${data.html}`
  document.body.append(host)
  document.documentElement.classList.toggle("is-mac", isMac())

  const [dialog, input, list, status] = ["dialog", "input", "#found", "[role=status]"].map((each) => root.querySelector(each))
  input.maxLength = data.maxChars
  let request = null
  let timer = null
  let options = []
  let selected = 0

  const open = () => {
    if (dialog.open) return input.select()
    host.paint()
    input.value = ""
    show([], "")
    status.textContent = _("Loading…")
    dialog.showModal()
    input.focus()
    ask()
  }
  const close = () => {
    clearTimeout(timer)
    request?.abort()
    if (dialog.open) dialog.close()
  }
  // Only one request is under way: the words that came last win.
  const ask = async () => {
    request?.abort()
    const mine = (request = new AbortController())
    const words = input.value.trim()
    list.setAttribute("aria-busy", "true")
    try {
      const query = new URLSearchParams({ q: words, limit: String(MOST_CHATS) })
      const response = await fetch(`/api/search/chats?${query}`, { signal: mine.signal, headers: { Accept: "application/json" } })
      const body = await response.json()
      if (mine !== request) return
      if (!response.ok) throw new Error(data.errors[body.error] ?? body.error)
      show(body.data, words)
    } catch (error) {
      if (mine.signal.aborted || mine !== request) return
      show([], words)
      status.textContent = sentence(error)
    } finally {
      if (mine === request) list.removeAttribute("aria-busy")
    }
  }
  const show = (chats, words) => {
    options = chats.flatMap((chat) => [
      { chat: chat.id, message: chat.hits[0]?.messageId, words, pieces: chat.title, when: chat.updatedAt },
      ...chat.hits.map((hit) => ({
        chat: chat.id, message: hit.messageId, words, pieces: [said(hit, chat), ...hit.snippet], when: hit.createdAt,
        isHit: true,
      })),
    ])
    const all = words ? _("All results for “{words}”").replace("{words}", () => words) : _("Open the search page")
    options.push({ words, pieces: [{ text: all, found: false }] })
    list.replaceChildren(...options.map(drawOption))
    list.scrollTop = 0
    status.textContent = summary(chats.length, words)
    select(0)
  }
  const who = (hit, chat) => (hit.role === "user" ? _("You") : (chat.agent ?? _("Agent")))
  const said = (hit, chat) => ({ text: `${who(hit, chat)}: `, found: false })

  const drawOption = (option, index) => {
    const row = element("div", option.isHit ? "hit" : "")
    row.id = `option-${index}`
    row.setAttribute("role", "option")
    row.append(drawPieces(option.pieces))
    if (option.when) row.append(Object.assign(element("span", "when"), { textContent: day(new Date(option.when)) }))
    row.addEventListener("mousemove", () => select(index))
    row.addEventListener("click", (event) => choose(index, event.ctrlKey || event.metaKey))
    return row
  }
  const select = (index) => {
    selected = index
    ;[...list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === index)))
    input.setAttribute("aria-activedescendant", `option-${index}`)
  }
  const step = (by) => {
    select((selected + by + options.length) % options.length)
    list.children[selected].scrollIntoView({ block: "nearest" })
  }
  const choose = (index, inNewTab) => {
    const { chat, message, words } = options[index]
    close()
    if (inNewTab) window.open(address(chat, message, words), "_blank", "noopener")
    else host.choose(chat ? { chat, message, words } : { words })
  }
  // Streamlit has shortcuts of its own, and does not see that somebody types in here: no key may reach it.
  window.addEventListener("keydown", (event) => {
    const isWithKey = isMac() ? event.metaKey : event.ctrlKey // Control K is an editing key of macOS.
    if (event.key.toLowerCase() === "k" && isWithKey && !event.altKey && !event.shiftKey) {
      event.preventDefault()
      event.stopPropagation()
      return open()
    }
    if (!dialog.open) return
    event.stopPropagation()
    if (event.isComposing) return
    const isInField = root.activeElement === input
    const act = {
      Escape: close,
      ArrowDown: isInField && (() => step(1)),
      ArrowUp: isInField && (() => step(-1)),
      Enter: isInField && (() => choose(selected, event.ctrlKey || event.metaKey)),
    }[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }, true)
  // The link to the search page opens the palette; with a key for a new tab it stays a link.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-testid=stSidebarNavLink][href$='/search']")
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    event.stopPropagation()
    if (matchMedia(PHONE).matches) document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click()
    open()
  }, true)
  input.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(ask, DEBOUNCE_MS)
  })
  root.querySelector(".opener").addEventListener("click", open)
  root.querySelector(".closer").addEventListener("click", close)
  dialog.addEventListener("click", (event) => event.target === dialog && close())
  return host
}

function element(name, className) {
  return Object.assign(document.createElement(name), { className })
}

// What people and agents said is text here, never HTML.
function drawPieces(pieces) {
  const text = element("span", "text")
  text.dir = "auto"
  text.append(...pieces.map((piece) => Object.assign(element(piece.found ? "mark" : "span", ""), { textContent: piece.text })))
  return text
}

function summary(chats, words) {
  if (words && chats === 0) return _("Nothing was found for “{words}”.").replace("{words}", () => words)
  if (!words) return chats ? _("Recent chats") : _("No chats yet")
  if (chats === 1) return _("1 chat")
  return (chats === MOST_CHATS ? _("{number} or more chats") : _("{number} chats")).replace("{number}", chats)
}

function sentence(error) {
  const isForPeople = error instanceof Error && !(error instanceof TypeError) && !(error instanceof SyntaxError)
  return (isForPeople && error.message) || _("Your chats cannot be searched right now. Try again in a minute.")
}

function address(chat, message, words) {
  const query = new URLSearchParams(Object.entries({ q: words, message }).filter(([, value]) => value))
  return `/${chat ?? "search"}${query.size ? `?${query}` : ""}`
}

// As the results page writes it.
function day(moment) {
  const now = new Date()
  const locale = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang
  if (moment.toDateString() === now.toDateString()) {
    return moment.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" })
  }
  const year = moment.getFullYear() === now.getFullYear() ? undefined : "numeric"
  return moment.toLocaleDateString(locale, { day: "numeric", month: "short", year })
}

function isMac() {
  return /Mac|iPhone|iPad/.test(navigator.platform)
}
