// Shows a question the moment it is sent. The app draws it when the database has taken it, or has not answered for long
// enough, which may be seconds.
//
// The copy goes when the app has drawn the question, when the text is back in the box because it was refused, when its
// chat is left, or when the app has been idle for a while. The page of a new chat becomes that of the chat meanwhile:
// Streamlit then empties it, and while the database is slow nothing else is there for seconds.
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatEcho) return;
  window.lakechatEcho = true;

  const IDLE_MS = 3000;
  const LEFT_MS = 500;
  const TICK_MS = 100;
  const SUGGESTED = ":is(.st-key-starters, .st-key-follow-ups, .st-key-choices) button";
  const PAGES = "[data-testid=stSidebarNavLink], [data-testid=stPageLink-NavLink]";
  const copy = document.createElement("div");
  copy.className = "echo";
  copy.ariaHidden = "true";
  let isShown = false, known, paths, endsAt;

  const findBox = () => document.querySelector("[class*=st-key-question-] [data-testid=stChatInputTextArea]");
  // The page of a new chat tells the id that the chat is going to have: see `pages/chat.py`.
  const begun = () => document.querySelector("[class*=st-key-begin-]")?.className.match(/st-key-begin-(\S+)/)[1];
  // The name is English until `roles.js` has seen it.
  const QUESTIONS = '[data-testid=stChatMessageContent]:is([data-said-by=user], [aria-label^="Chat message from user"])';
  const questions = () => [...document.querySelectorAll(QUESTIONS)];
  const oneLine = (text) => text.replace(/\s+/g, " ").trim();
  const isIdle = () => document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning";

  const show = (text) => {
    if (!text.trim()) return;
    known = new Map(questions().map((each) => [each, oneLine(each.textContent)]));
    paths = [location.pathname, begun() && `/${begun()}`];
    endsAt = Date.now() + IDLE_MS;
    copy.textContent = text;
    isShown = true;
    place();
  };

  const place = () => {
    document.querySelector("[data-testid=stMainBlockContainer]")?.append(copy);
    copy.scrollIntoView({ block: "end" });
  };

  const hide = () => {
    isShown = false;
    copy.remove();
  };

  const look = () => {
    if (!isShown) return;
    const said = oneLine(copy.textContent);
    // The element of an earlier question may be used again for this one.
    const isNew = (each) => known.get(each) !== oneLine(each.textContent);
    const isDrawn = questions().some((each) => isNew(each) && oneLine(each.textContent).includes(said));
    const isBack = findBox()?.value === copy.textContent;
    if (!paths.includes(location.pathname)) endsAt = Math.min(endsAt, Date.now() + LEFT_MS);
    else if (!isIdle()) endsAt = Date.now() + IDLE_MS;
    if (isDrawn || isBack || Date.now() > endsAt) hide();
    else if (!copy.isConnected) place();
  };

  // Streamlit empties the box when it sends what is in it.
  const showIfSent = (text) => setTimeout(() => findBox()?.value === "" && show(text), 0);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === findBox()) showIfSent(event.target.value);
  }, true);
  document.addEventListener("click", ({ target, ctrlKey, metaKey }) => {
    const suggested = target.closest?.(SUGGESTED);
    if (suggested) show(suggested.textContent);
    else if (target.closest?.(PAGES) && !ctrlKey && !metaKey) hide();  // the address changes later
    else if (target.closest?.("[data-testid=stChatInputSubmitButton]") && findBox()) showIfSent(findBox().value);
  }, true);
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  setInterval(look, TICK_MS);
})();
