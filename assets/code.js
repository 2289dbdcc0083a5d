// Says the language of the code in a message, numbers its lines, and offers to wrap them. None of it is text of the
// page, so it is neither copied nor found. Code that is wrapped already, as that of a tool call, stays as it is.
//
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatCode) return;
  window.lakechatCode = true;

  const BLOCKS = "[data-testid=stChatMessage] [data-testid=stCode]";
  const NUMBERED_LINES = 4;
  const _ = (text) => window.lakechatTexts?.[text] ?? text;

  const set = (element, name, value) => {
    if (element.dataset[name] !== value) element.dataset[name] = value;
  };

  const addButton = (block) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "wrap", title: _("Wrap lines") });
    button.ariaLabel = button.title;
    button.ariaPressed = "false";
    button.addEventListener("click", () => {
      button.ariaPressed = String(block.classList.toggle("is-wrapped"));
    });
    block.append(button);
  };

  const dress = (block) => {
    const code = block.querySelector("pre code");
    if (!code || code.style.whiteSpace !== "pre") return;
    const count = code.textContent.replace(/\n$/, "").split("\n").length;
    const numbers = Array.from({ length: count }, (_each, at) => at + 1).join("\n");
    set(block, "language", code.className.match(/language-(\S+)/)?.[1] ?? "");
    set(code.parentElement, "lines", count < NUMBERED_LINES ? "" : numbers);
    if (!block.querySelector(".wrap")) addButton(block);
  };

  const dressAll = () => document.querySelectorAll(BLOCKS).forEach(dress);
  new MutationObserver(dressAll).observe(document.body, { childList: true, subtree: true, characterData: true });
  dressAll();
})();
