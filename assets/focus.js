// Puts the cursor where one types. Into the box for a question or for a search: when a page with such a box has come, when
// somebody types while the focus is nowhere, and by the link that skips to the content. Into the first field of a dialog
// when it opens, with its text selected. On a touch screen nothing of this happens by itself: a keyboard that comes up would
// cover half of what was opened.
//
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatFocus) return;
  window.lakechatFocus = true;

  const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)");
  let drawn = {};
  let field = null;
  let isDue = false;

  // Not the box in which an earlier question is edited.
  const BOXES = "[class*=st-key-question-] [data-testid=stChatInputTextArea]:enabled, .st-key-search-words input:enabled";
  const findBox = () => document.querySelector(BOXES);
  const nameOf = (box) => box.closest("[class*=st-key-question-], .st-key-search-words").className;

  // Where no key but those that scroll does anything: the page itself, its main part, a message that was scrolled to.
  // Dialogs, menus and the palette are outside of the main part.
  const isNowhere = () => {
    const { activeElement } = document;
    if (!activeElement || activeElement.matches("body, .stMain")) return true;
    return activeElement.tabIndex < 0 && Boolean(activeElement.closest(".stMain"));
  };

  // The link that opened another page has done what it was for. A message that the address names gets the focus itself,
  // as long as `scroll.js` is on its way there.
  const isFree = (isOther) =>
    (isNowhere() || (isOther && document.activeElement.closest("[data-testid=stSidebarNav]"))) &&
    (!new URLSearchParams(location.search).has("message") || document.querySelector(".stMain")?.isHeld === false);

  const look = () => {
    isDue = false;
    lookAtDialog();
    const box = findBox();
    if (!box || (drawn.box === box && drawn.name === nameOf(box))) return;
    const isOther = drawn.name !== nameOf(box);
    drawn = { box, name: nameOf(box) };
    if (hasKeyboard.matches && isFree(isOther)) box.focus({ preventScroll: true });
  };

  // Not into standing instructions, which are one of several settings: a key would replace all of them.
  const FIELDS = ":is(input[type=text]:not([role=combobox]), textarea:not(.st-key-standing-instructions textarea))";
  const lookAtDialog = () => {
    const found = document.querySelector(`[data-testid=stDialog] ${FIELDS}`);
    if (found && found !== field && hasKeyboard.matches) selectAll(found);
    field = found;
  };

  // Streamlit fills a new field a moment later, which moves the cursor and is the only sign of it.
  const selectAll = (found) => {
    const waiting = new AbortController();
    const { signal } = waiting;
    found.addEventListener("input", () => waiting.abort(), { signal });
    const select = () => {
      if (!found.value) return;
      waiting.abort();
      found.select();
    };
    document.addEventListener("selectionchange", select, { signal });
    found.focus();
    select();
  };

  const isText = (event) =>
    event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;

  addEventListener(
    "keydown",
    (event) => {
      const box = findBox();
      if (!box || !isText(event) || !isNowhere()) return;
      // The letter goes into the box, and is no shortcut of Streamlit's.
      event.stopPropagation();
      box.focus();
    },
    true,
  );
  addEventListener(
    "click",
    (event) => {
      const box = event.target.closest("[data-testid=stSkipToContent]") && findBox();
      if (!box) return;
      event.preventDefault();
      event.stopPropagation();
      box.focus();
    },
    true,
  );
  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    setTimeout(look, 0);
  }).observe(document.body, { childList: true, subtree: true, attributeFilter: ["class", "disabled"] });
  look();
})();
