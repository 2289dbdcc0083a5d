// Puts the cursor into the box for a question: when a page with such a box has come, when somebody types while the focus
// is nowhere, and by the link that skips to the content. On a touch screen only the latter two: a keyboard that comes up
// by itself would cover half of what was opened.
//
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatFocus) return;
  window.lakechatFocus = true;

  const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)");
  let drawn = {};
  let isDue = false;

  // Not the box in which an earlier question is edited.
  const findBox = () => document.querySelector("[class*=st-key-question-] [data-testid=stChatInputTextArea]:enabled");
  const nameOf = (box) => box.closest("[class*=st-key-question-]").className;

  // Where no key but those that scroll does anything: the page itself, its main part, a message that was scrolled to.
  const isNowhere = () => {
    const { activeElement } = document;
    return !activeElement || activeElement.matches("body, .stMain") || activeElement.tabIndex < 0;
  };

  // The link that opened the page has done what it was for. A message that the address names gets the focus itself.
  const isFree = () =>
    (isNowhere() || document.activeElement.closest("[data-testid=stSidebarNav]")) &&
    !new URLSearchParams(location.search).has("message");

  const look = () => {
    isDue = false;
    const box = findBox();
    if (!box || (drawn.box === box && drawn.name === nameOf(box))) return;
    drawn = { box, name: nameOf(box) };
    if (hasKeyboard.matches && isFree()) box.focus({ preventScroll: true });
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
