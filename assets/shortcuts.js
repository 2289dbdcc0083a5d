// The keyboard shortcuts that no element of the page has itself: a new chat, and a list of all shortcuts.
//
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatShortcuts) return;
  window.lakechatShortcuts = true;

  const _ = (text) => window.lakechatTexts?.[text] ?? text;
  const TICK_MS = 100;
  const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);
  const MOD = isMac ? "⌘" : _("Ctrl");
  const SHORTCUTS = [
    ["Enter", _("Send the question")],
    [`${_("Shift")} Enter`, _("Begin a new line")],
    ["Esc", _("Stop the answer, or close what is open")],
    [`${MOD} K`, _("Search your chats")],
    [`${MOD} ${_("Shift")} O`, _("New chat")],
    [`${MOD} /`, _("Show these shortcuts, as ? does outside of a box")],
  ];

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const keys = (names) => names.split(" ").map((name) => element("kbd", { textContent: name }));
  const list = element("dl", {}, ...SHORTCUTS.flatMap(([names, what]) => [
    element("dt", {}, ...keys(names)),
    element("dd", { textContent: what }),
  ]));
  const close = element("button", { type: "button", textContent: _("Close") });
  const title = element("h2", { id: "shortcuts-title", textContent: _("Keyboard shortcuts") });
  const dialog = element("dialog", { className: "shortcuts" }, title, list, close);
  dialog.setAttribute("aria-labelledby", title.id);
  close.addEventListener("click", () => dialog.close());
  // A click beside it is one on the dialog itself, which has no padding.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  // Escape closes it and must not stop an answer, too.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  document.querySelector("[data-testid=stApp]").append(dialog);

  // The palette is in a shadow tree, where `target` ends.
  const isTyping = (event) => event.composedPath()[0].matches?.("input, textarea, [contenteditable=true]");
  const actionOf = (event) => {
    const isWithKey = (isMac ? event.metaKey : event.ctrlKey) && !event.altKey;
    if (isWithKey && event.key === "/") return () => dialog.showModal();
    if (isWithKey && event.shiftKey && event.key.toLowerCase() === "o") {
      return () => document.querySelector("[data-testid=stSidebarNavLink]")?.click();
    }
    const isAlone = !event.ctrlKey && !event.metaKey && !event.altKey;
    return event.key === "?" && isAlone && !isTyping(event) ? () => dialog.showModal() : null;
  };
  // The button in Settings closes that dialog, beside which nothing can be used.
  const showWhenClosed = () =>
    document.querySelector("[role=dialog]") ? setTimeout(showWhenClosed, TICK_MS) : dialog.showModal();
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.(".st-key-show-shortcuts button")) showWhenClosed();
  });
  window.addEventListener("keydown", (event) => {
    const act = !document.querySelector("dialog[open], [role=dialog]") && actionOf(event);
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }, true);
})();
