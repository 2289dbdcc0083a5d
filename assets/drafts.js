// Keeps what is typed into the composer and has not arrived at the app, in this browser only: the app learns of a
// question when it is sent, and Streamlit empties the box at that moment, whether or not the question arrives.
//
// A draft is stored on every change under its user and its box (a chat, or the new-chat page). It is put back when its
// box is drawn anew: after a reload, or when the user returns to the chat. It goes when the app says that it has
// accepted a question with this text. If this tab sent it and the app has been connected and idle for a while without
// saying so, the question was lost, and its text comes back. When the app says that its user was erased, all drafts go.
//
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatDrafts) return;
  window.lakechatDrafts = true;

  const PREFIX = "lakechat-draft:";
  const KEPT_MS = 7 * 24 * 3600 * 1000;
  const LOST_AFTER_MS = 3000;
  const TICK_MS = 1000;
  const TEMPORARY = "temporary";
  const tab = (sessionStorage["lakechat-tab"] ||= Math.random().toString(36).slice(2));
  let owner, drawn, idleSince, isDue, erasure;

  const state = () => document.querySelector("[data-draft-owner]");
  // Not the box in which an earlier question is edited.
  const findBox = () => document.querySelector("[class*=st-key-question-] [data-testid=stChatInputTextArea]");
  const nameOf = (box) => box?.closest("[class*=st-key-question-]")?.className.match(/st-key-question-(\S+)/)[1];
  const keyOf = (name) => `${PREFIX}${owner}:${name}`;
  const marks = () => JSON.parse(state().dataset.draftsAccepted);
  const lastMark = (name) => marks().filter((mark) => mark.box === name).at(-1)?.token;

  const load = (name) => {
    try {
      return JSON.parse(localStorage.getItem(keyOf(name)));
    } catch {
      return null;
    }
  };

  const save = (name, draft) => {
    try {
      if (draft.text.trim()) localStorage.setItem(keyOf(name), JSON.stringify(draft));
      else localStorage.removeItem(keyOf(name));
    } catch {
      // The browser's storage is full or switched off: then there are no drafts.
    }
  };

  const stored = () => Object.keys(localStorage).filter((each) => each.startsWith(PREFIX));

  // On a shared computer nobody may find what another user typed.
  const purge = () => {
    for (const key of stored()) {
      const name = key.slice(keyOf("").length);
      if (!key.startsWith(keyOf("")) || !(Date.now() - load(name)?.at < KEPT_MS)) localStorage.removeItem(key);
    }
  };

  const erase = () => {
    if (erasure === state().dataset.draftsErased) return;
    erasure = state().dataset.draftsErased;
    if (erasure) stored().forEach((key) => localStorage.removeItem(key));
  };

  // Adler-32 of the text in UTF-8, as zlib.adler32 on the server.
  const checksum = (text) => {
    let [low, high] = [1, 0];
    for (const byte of new TextEncoder().encode(text)) {
      low = (low + byte) % 65521;
      high = (high + low) % 65521;
    }
    return high * 65536 + low;
  };

  // React notices a change of the value only through the setter of the prototype and an event.
  const fill = (box, text) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const dropAccepted = (box) => {
    for (const mark of marks()) {
      const draft = load(mark.box);
      if (!draft || draft.seen === mark.token || checksum(draft.text) !== mark.checksum) continue;
      save(mark.box, { text: "" });
      // It was slow, not lost, and its text is in the box again.
      if (draft.isBack && nameOf(box) === mark.box && box.value === draft.text) fill(box, "");
    }
  };

  const isLost = (draft) => {
    const { testConnectionState: connection, testScriptState: script } = document.querySelector(
      "[data-testid=stApp]",
    ).dataset;
    const isIdle = connection === "CONNECTED" && script === "notRunning";
    idleSince = isIdle ? (idleSince ?? Date.now()) : undefined;
    return draft.sentBy === tab && isIdle && Date.now() - Math.max(idleSince, draft.at) > LOST_AFTER_MS;
  };

  const putBack = (box, name, draft) => {
    fill(box, draft.text);
    save(name, { text: draft.text, at: draft.at, seen: draft.seen, isBack: Boolean(draft.sentBy) });
  };

  const tick = () => {
    isDue = false;
    if (!state()) return;
    if (owner !== state().dataset.draftOwner) {
      owner = state().dataset.draftOwner;
      purge();
    }
    erase();
    const box = findBox();
    dropAccepted(box);
    const name = nameOf(box);
    if (!name || name.startsWith(TEMPORARY) || box.disabled) return;
    const isNew = !drawn || drawn.box !== box || drawn.name !== name;
    drawn = { box, name };
    const draft = load(name);
    // It was typed before this script ran, or the app put it there.
    if (box.value && !draft) save(name, { text: box.value, at: Date.now(), seen: lastMark(name) });
    if (!draft || box.value) return;
    if (draft.sentBy ? isLost(draft) : isNew) putBack(box, name, draft);
    else if (!draft.sentBy && !isNew) save(name, { ...draft, at: Date.now(), sentBy: tab });
  };

  const tickSoon = () => {
    if (isDue) return;
    isDue = true;
    setTimeout(tick, 0);
  };

  document.addEventListener("input", ({ target: box }) => {
    const name = box === findBox() && nameOf(box);
    if (!name || !state() || name.startsWith(TEMPORARY)) return;
    owner = state().dataset.draftOwner;
    // From here on an empty box means that its question was sent.
    drawn = { box, name };
    save(name, { text: box.value, at: Date.now(), seen: lastMark(name) });
  });
  new MutationObserver(tickSoon).observe(document.body, { childList: true, subtree: true });
  setInterval(tick, TICK_MS);
  tick();
})();
