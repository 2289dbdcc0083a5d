// Tells screen readers what Streamlit's elements are, where its own roles contradict each other or say nothing: the
// sidebar's list has sections between its items, the place to drop a file has a name although its role says that it is
// nothing, and what the buttons above the input have in common is only seen. And lets the keyboard reach code that is
// wider than the page, so that the arrows scroll it. The time of a question is part of its name; for the mouse, the style
// sheet shows it from an attribute of its own.
//
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatRoles) return;
  window.lakechatRoles = true;

  const GROUPS = { ".st-key-follow-ups": "Suggested questions", ".st-key-choices": "Suggested answers" };
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
      code.ariaLabel = "Code";
    }
    for (const question of document.querySelectorAll('[data-testid=stChatMessageContent][aria-label*=", "]')) {
      question.dataset.time = question.ariaLabel.split(", ").at(-1);
    }
  };

  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    setTimeout(mend, 0);
  }).observe(document.body, { childList: true, subtree: true });
  mend();
})();
