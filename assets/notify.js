// Tells that an answer has ended in a chat that is not open, or in this tab while it is in the background. The mark on
// the chat in the sidebar tells it: first that an answer is being written, then that it has not been read.
//
// The notice in the page also offers the browser's notifications, once: a browser asks for the permission only after a
// click. The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatNotify) return;
  window.lakechatNotify = true;

  const TICK_MS = 1000;
  const SHOWN_MS = 10_000;
  const LINKS = "[data-testid=stSidebarNavLink]";
  const _ = (text) => window.lakechatTexts?.[text] ?? text;
  const DECLINED = "lakechat-notifications-declined";
  const notice = document.createElement("div");
  notice.role = "status";
  notice.className = "notice";
  // Not in the body, which does not know whether the theme is dark.
  document.querySelector("[data-testid=stApp]").append(notice);
  const running = new Set();
  const hidesAt = new WeakMap();
  const isRead = new WeakMap();

  const links = () => [...document.querySelectorAll(LINKS)];
  const pathOf = (link) => new URL(link.href).pathname;
  const titleOf = (link) => link.querySelector("p")?.textContent ?? "";
  const isRunning = (link) => Boolean(link.querySelector("[data-testid=stSpinnerIcon]"));
  const open = (path) => links().find((link) => pathOf(link) === path)?.click();
  const mayAsk = () =>
    "Notification" in window && Notification.permission === "default" && !localStorage.getItem(DECLINED);

  const button = (text, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    made.addEventListener("click", () => {
      made.parentElement.remove();
      act();
    });
    return made;
  };

  const said = (title) => _("Finished: {title}").replace("{title}", () => title);

  const showInPage = (path, title) => {
    const offer = button(_("Also notify me when I am elsewhere"), () =>
      Notification.requestPermission().then((answer) => answer === "granted" || localStorage.setItem(DECLINED, "1")));
    const buttons = [button(_("Open the chat"), () => open(path)), ...(mayAsk() ? [offer] : []), button(_("Close"), () => {})];
    const text = Object.assign(document.createElement("p"), { textContent: said(title) });
    const row = document.createElement("div");
    row.append(text, ...buttons);
    notice.append(row);
    hidesAt.set(row, Date.now() + SHOWN_MS);
    const isElsewhere = path !== location.pathname;
    isRead.set(row, () => isElsewhere && path === location.pathname);
  };

  const hideOld = () => {
    for (const row of [...notice.children]) {
      if (document.hidden) hidesAt.set(row, Date.now() + SHOWN_MS);
      const isOld = Date.now() > hidesAt.get(row) && !row.matches(":hover, :focus-within");
      if (isOld || isRead.get(row)()) row.remove();
    }
  };

  const showInBrowser = (path, title) => {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    try {
      // Of several tabs, the browser shows the notification of one.
      const shown = new Notification(document.title.split(" · ").at(-1), { body: said(title), tag: path });
      shown.addEventListener("click", () => {
        window.focus();
        open(path);
        shown.close();
      });
    } catch {
      // Chrome on Android has notifications only for installed apps.
    }
  };

  // What runs is noted at each change, because a short answer may begin and end between two ticks. That it has ended is
  // looked up at the ticks alone: while the page is drawn anew, a mark may be away for a moment.
  const noteRunning = () => links().filter(isRunning).forEach((link) => running.add(pathOf(link)));
  new MutationObserver(noteRunning).observe(document.querySelector("[data-testid=stApp]"), { childList: true, subtree: true });

  setInterval(() => {
    noteRunning();
    for (const link of links().filter((each) => running.has(pathOf(each)) && !isRunning(each))) {
      running.delete(pathOf(link));
      const [path, title] = [pathOf(link), titleOf(link)];
      if (path !== location.pathname || (document.hidden && mayAsk())) showInPage(path, title);
      if (document.hidden) showInBrowser(path, title);
    }
    hideOld();
  }, TICK_MS);
})();
