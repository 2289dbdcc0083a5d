// Tells screen readers and the keyboard what Streamlit's elements are, where its own roles contradict each other or say
// nothing:
// - The sidebar's list has sections between its items.
// - The place to drop a file has a name although its role says that it is nothing.
// - What the buttons above the input have in common is only seen.
// - The boxes of a task list have no names.
// - The sign that copies an earlier answer is a link.
// - The headings of an answer are as high as the title of the chat.
// - The keyboard does not reach code, tables and diagrams that scroll inside themselves.
// - Lists and tables do not run in the direction of what they say.
// - The time of a question is part of its name, which is in English only; for the mouse, the style sheet shows it from an
//   attribute of its own.
//
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatRoles) return;
  window.lakechatRoles = true;

  const _ = (text) => window.lakechatTexts?.[text] ?? text;
  const GROUPS = { ".st-key-follow-ups": _("Suggested questions"), ".st-key-choices": _("Suggested answers") };
  const SCROLLING = "[data-testid=stMarkdownContainer] table:not([tabindex]), [data-testid=stMermaidChart]:not([tabindex])";
  const HEADINGS = "[data-testid=stChatMessage] :is(h1, h2, h3, h4, h5, h6):not([aria-level])";
  const BLOCKS = "[data-testid=stChatMessage] [data-testid=stMarkdownContainer] :is(ul, ol, table):not([dir])";
  const SAYS = "Chat message from ";
  const NAMES = { user: _("Chat message from user"), assistant: _("Chat message from assistant") };
  let isDue = false;

  const mend = () => {
    isDue = false;
    for (const list of document.querySelectorAll("[data-testid=stSidebarNavItems]:not([role])")) list.role = "none";
    for (const section of document.querySelectorAll("[data-testid=stSidebarNavItems] > div:not([role])")) {
      section.role = "list";
      section.ariaLabel = section.querySelector("header p")?.textContent ?? null;
    }
    for (const place of document.querySelectorAll("[data-testid=stFileUploaderDropzone][role=presentation]")) {
      place.role = "group";
    }
    for (const [selector, name] of Object.entries(GROUPS)) {
      for (const buttons of document.querySelectorAll(`${selector}:not([role])`)) {
        buttons.role = "group";
        buttons.ariaLabel = name;
      }
    }
    for (const code of document.querySelectorAll("[data-testid=stCode] pre:not([tabindex])")) {
      if (code.scrollWidth <= code.clientWidth) continue;
      code.tabIndex = 0;
      code.role = "group";
      code.ariaLabel = _("Code");
    }
    for (const box of document.querySelectorAll(SCROLLING)) {
      if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
    }
    for (const box of document.querySelectorAll("[data-testid=stMarkdownContainer] li > input:not([aria-label])")) {
      box.ariaLabel = box.parentElement.textContent.trim();
    }
    for (const block of document.querySelectorAll(BLOCKS)) block.dir = "auto";
    for (const heading of document.querySelectorAll(HEADINGS)) heading.ariaLevel = Number(heading.localName[1]) + 1;
    for (const link of document.querySelectorAll('a[href^="#copy/"]:has([role=img]):not([role])')) {
      link.role = "button";
      link.ariaLabel = link.title = _("Copy the answer");
    }
    for (const message of document.querySelectorAll(`[data-testid=stChatMessageContent][aria-label^="${SAYS}"]`)) {
      const [who, ...rest] = message.ariaLabel.slice(SAYS.length).split(", ");
      const time = rest.join(", ");
      message.dataset.saidBy = who;
      if (time) message.dataset.time = time;
      const name = NAMES[who] ?? message.ariaLabel;
      message.ariaLabel = time ? `${name}, ${time}` : name;
    }
  };

  // A diagram that would be squeezed to less than two thirds of its width scrolls inside itself instead.
  document.addEventListener(
    "load",
    ({ target }) => {
      if (!target.matches?.("[data-testid=stMermaidChart] img")) return;
      target.toggleAttribute("data-wide", target.naturalWidth > 1.5 * target.parentElement.clientWidth);
      mend();
    },
    true,
  );
  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    setTimeout(mend, 0);
  }).observe(document.body, { childList: true, subtree: true });
  mend();
})();
