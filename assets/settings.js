// Keeps what was saved in the Settings dialog in cookies, and loads the page again: assets/first.js and the app read
// them then. The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatSettings) return;
  window.lakechatSettings = true;

  const TICK_MS = 200;
  const YEAR_SECONDS = 365 * 24 * 3600;
  const _ = (text) => window.lakechatTexts?.[text] ?? text;
  const WORDS = {
    granted: () => _("This browser notifies you."),
    denied: () => _("This browser blocks notifications. Allow them in its settings for this site."),
  };

  const keep = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
  };

  const save = (chosen) => {
    for (const [name, value] of Object.entries(chosen)) keep(name, value);
    location.reload();
  };

  document.addEventListener("click", (event) => {
    const asks = event.target.closest(".st-key-notification-setting button");
    if (asks && "Notification" in window) Notification.requestPermission().then(showPermission);
  });
  const showPermission = () => {
    const status = document.querySelector(".st-key-notification-setting [role=status]");
    const words = WORDS[window.Notification?.permission]?.() ?? "";
    if (status && status.textContent !== words) status.textContent = words;
  };

  let saved;
  setInterval(() => {
    showPermission();
    const chosen = document.querySelector("[data-settings]");
    if (!chosen || chosen.dataset.settings === saved) return;
    saved = chosen.dataset.settings;
    save(JSON.parse(saved));
  }, TICK_MS);
})();
