// Keeps the sign-in of an open page valid. Agents are asked with the person's token. The platform sends the current one with
// each HTTP request, but none over the open connection of the page, whose own token expires after an hour. So this asks for
// the session, and the process keeps the token of that request (lib/agent/endpoints/access_tokens.py): whenever half of the
// time that is left has passed, and in a tab that was in the background, as soon as somebody looks at it.
//
// It says so if the token is about to expire all the same. The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatSignIn) return;
  window.lakechatSignIn = true;

  const TICK_MS = 500;
  const SHORTEST_WAIT_MS = 1000;
  const LONGEST_WAIT_MS = 600_000;
  const EXPIRED_WAIT_MS = 30_000;
  const LONGEST_WARNING_MS = 60_000;
  const WARNED_PART = 0.1;
  const _ = (text) => window.lakechatTexts?.[text] ?? text;
  const notice = document.createElement("div");
  notice.role = "status";
  notice.className = "unrenewed";
  // Not in the body, which does not know whether the theme is dark.
  document.querySelector("[data-testid=stApp]").append(notice);
  let endsAt = Infinity;
  let lifeMs = 0;
  let dueAt = 0;
  let isAsking = false;
  let isClosed = false;

  const leftMs = () => endsAt - Date.now();

  const button = (text, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    made.addEventListener("click", act);
    return made;
  };

  const warn = () => {
    if (isClosed || notice.childElementCount) return;
    const text = _("Your sign-in could not be renewed. Reload the page before your next question: what you have typed stays.");
    const row = document.createElement("div");
    row.append(
      Object.assign(document.createElement("p"), { textContent: text }),
      button(_("Reload"), () => location.reload()),
      button(_("Close"), () => {
        isClosed = true;
        notice.replaceChildren();
      }),
    );
    notice.append(row);
  };

  const endWarning = () => {
    isClosed = false;
    notice.replaceChildren();
  };

  const take = (expiresInSeconds) => {
    endsAt = expiresInSeconds === null ? Infinity : Date.now() + 1000 * expiresInSeconds;
    lifeMs = endsAt === Infinity ? 0 : Math.max(lifeMs, leftMs());
  };

  const renew = async () => {
    // A redirection leads to the platform's own sign-in.
    const response = await fetch("/api/session", { redirect: "manual" }).catch(() => null);
    const session = response?.ok ? await response.json() : null;
    if (session && session.askedAs !== "user") {
      end();
      return;
    }
    if (session) take(session.expiresInSeconds);
    if (leftMs() <= Math.min(LONGEST_WARNING_MS, WARNED_PART * lifeMs)) warn();
    else endWarning();
    const half = Math.min(Math.max(leftMs() / 2, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
    dueAt = Date.now() + (leftMs() > 0 ? half : EXPIRED_WAIT_MS);
  };

  const tick = () => {
    if (isAsking || document.hidden || Date.now() < dueAt) return;
    isAsking = true;
    renew().finally(() => (isAsking = false));
  };

  const look = () => {
    dueAt = 0;
    tick();
  };

  const end = () => {
    clearInterval(ticking);
    document.removeEventListener("visibilitychange", look);
    endWarning();
  };

  // The time is looked up often: a timer stands still while a computer sleeps, and may do so in a hidden tab.
  const ticking = setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", look);
  tick();
})();
