// A button on each chat in the sidebar, and one menu for all of them, so that no run of the script draws a menu for
// every chat. Streamlit calls the function below after each run: then the way back to the script is renewed, and what it
// tells about the chats.
const ROW = "[data-testid=stSidebarNavLinkContainer]"
const CHAT = /\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const COLORS = ["background-color", "secondary-background-color", "text-color", "primary-color", "border-color", "font"]
const GAP_PIXELS = 4

export default function ({ data, parentElement, setTriggerValue }) {
  const host = document.getElementById("lakechat-row-menu") ?? build(data)
  host.labels = data.labels
  host.opener = data.opener
  host.pinned = new Set(data.pinned)
  host.choose = (chat, option) => setTriggerValue("chosen", { chat, option })
  host.paint = () => {
    const theme = getComputedStyle(parentElement.host ?? parentElement)
    COLORS.forEach((name) => host.style.setProperty(`--st-${name}`, theme.getPropertyValue(`--st-${name}`)))
  }
  addButtons(host)
}

function build(data) {
  const host = document.createElement("div")
  host.id = "lakechat-row-menu"
  const root = host.attachShadow({ mode: "open" })
  const style = Object.assign(document.createElement("style"), { textContent: data.css })
  // The browser closes a popover at a click elsewhere and at Escape.
  const menu = Object.assign(document.createElement("div"), { popover: "auto", role: "menu" })
  root.append(style, menu)
  document.body.append(host)
  let opener = null

  const options = (chat) => {
    const [first, ...others] = data.options
    return [first, host.pinned.has(chat) ? "Unpin" : "Pin", ...others]
  }
  const open = (button) => {
    const chat = chatOf(button)
    if (!chat) return
    host.paint()
    opener = button
    menu.ariaLabel = button.ariaLabel
    menu.replaceChildren(...options(chat).map((option) => item(host.labels[option], () => choose(chat, option))))
    menu.showPopover()
    place(menu, button.getBoundingClientRect())
    menu.firstChild.focus()
  }
  const choose = (chat, option) => {
    menu.hidePopover()
    host.choose(chat, option)
  }
  menu.addEventListener("toggle", (event) => {
    const isOpen = event.newState === "open"
    opener.setAttribute("aria-expanded", String(isOpen))
    // Outside of the sidebar it is in no part of the page that a screen reader knows.
    host.role = isOpen ? "region" : null
    host.ariaLabel = isOpen ? menu.ariaLabel : null
  })
  // Streamlit has shortcuts of its own: no key may reach it.
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation()
    const items = [...menu.children]
    const at = items.indexOf(root.activeElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key]
    if (next !== undefined) {
      event.preventDefault()
      items[next % items.length].focus()
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault()
      menu.hidePopover()
      opener.focus()
    }
  })
  // Streamlit replaces a row when its list changes.
  let isDue = false
  new MutationObserver(() => {
    if (isDue) return
    isDue = true
    setTimeout(() => {
      isDue = false
      addButtons(host)
    }, 0)
  }).observe(document.body, { childList: true, subtree: true })
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".row-menu")
    if (button) open(button)
  })
  return host
}

function addButtons(host) {
  for (const row of document.querySelectorAll(ROW)) {
    let button = row.querySelector(".row-menu")
    if (!CHAT.test(row.querySelector("a").href)) {
      button?.remove()
      continue
    }
    if (!button) {
      button = Object.assign(document.createElement("button"), { className: "row-menu", type: "button" })
      button.textContent = "more_horiz"
      button.setAttribute("translate", "no")
      button.setAttribute("aria-haspopup", "menu")
      button.setAttribute("aria-expanded", "false")
      row.append(button)
    }
    const title = row.querySelector("a p")?.textContent ?? ""
    const name = host.opener.replace("{title}", () => title)
    if (button.ariaLabel !== name) button.ariaLabel = name
  }
}

function chatOf(button) {
  return CHAT.exec(button.parentElement.querySelector("a").href)?.[1]
}

function item(label, choose) {
  const button = Object.assign(document.createElement("button"), { type: "button", role: "menuitem", textContent: label })
  button.tabIndex = -1
  button.addEventListener("click", choose)
  return button
}

function place(menu, beside) {
  const { width, height } = menu.getBoundingClientRect()
  const isBelow = beside.bottom + GAP_PIXELS + height <= innerHeight
  menu.style.top = `${isBelow ? beside.bottom + GAP_PIXELS : Math.max(0, beside.top - GAP_PIXELS - height)}px`
  menu.style.left = `${Math.min(beside.left, innerWidth - width - GAP_PIXELS)}px`
}
