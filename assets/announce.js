// Says to screen readers that an answer is being written and that it has ended, once each, and not every word of it.
//
// The buttons of a running answer tell it. Somebody who goes to another chat meanwhile hears nothing of the end.
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatAnnounce) return;
  window.lakechatAnnounce = true;

  const TICK_MS = 500;
  const _ = (text) => window.lakechatTexts?.[text] ?? text;
  const status = document.createElement("div");
  status.role = "status";
  status.className = "announced";
  document.body.append(status);
  let seen = {};

  setInterval(() => {
    const now = { path: location.pathname, isRunning: Boolean(document.querySelector(".st-key-running-actions")) };
    const isSame = now.path === seen.path && now.isRunning === seen.isRunning;
    if (!isSame && now.isRunning) status.textContent = _("The answer is being written.");
    else if (!isSame) status.textContent = seen.isRunning && now.path === seen.path ? _("The answer has ended.") : "";
    seen = now;
  }, TICK_MS);
})();
