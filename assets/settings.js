// Keeps what was saved in the Settings dialog, in cookies, and hands the theme to Streamlit.
//
// Streamlit keeps a theme by the path of the page, in its local storage, and reads it when a page is loaded. So a page
// whose path has another theme, or none, is loaded a second time, once. The app runs this script with every page.
(() => {
  if (window.lakechatSettings) return;
  window.lakechatSettings = true;

  const TICK_MS = 200;
  const YEAR_SECONDS = 365 * 24 * 3600;
  const THEME = "lakechat-theme";
  const SYSTEM = "System";
  const _ = (text) => window.lakechatTexts?.[text] ?? text;
  const WORDS = {
    granted: () => _("This browser notifies you."),
    denied: () => _("This browser blocks notifications. Allow them in its settings for this site."),
  };

  const cookie = (name) => document.cookie.split("; ").find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
  const keep = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
  };

  // Gives the theme to Streamlit for a path. Says whether the path had another one.
  const applyTheme = (path) => {
    const [theme, key] = [cookie(THEME), `stActiveTheme-${path}-v2`];
    const kept = JSON.parse(localStorage.getItem(key) ?? `"${SYSTEM}"`);
    if (!theme || theme === kept) return false;
    localStorage.setItem(key, JSON.stringify(theme));
    return true;
  };

  const save = (chosen) => {
    for (const [name, value] of Object.entries(chosen)) keep(name, value);
    const links = document.querySelectorAll("[data-testid=stSidebarNavLink]");
    for (const path of [location.pathname, ...[...links].map((link) => new URL(link.href).pathname)]) applyTheme(path);
    location.reload();
  };

  if (applyTheme(location.pathname)) location.reload();

  document.addEventListener("click", (event) => {
    const asks = event.target.closest(".st-key-notification-setting button");
    if (asks && "Notification" in window) Notification.requestPermission().then(showPermission);
  });
  const showPermission = () => {
    const status = document.querySelector(".st-key-notification-setting [role=status]");
    const words = WORDS[window.Notification?.permission]?.() ?? "";
    if (status && status.textContent !== words) status.textContent = words;
  };

  let path = location.pathname;
  let isSaved = false;
  setInterval(() => {
    showPermission();
    // So that the page that was gone to is loaded once, too.
    if (path !== location.pathname) applyTheme((path = location.pathname));
    const chosen = document.querySelector("[data-settings]");
    if (!chosen || isSaved) return;
    isSaved = true;
    save(JSON.parse(chosen.dataset.settings));
  }, TICK_MS);
})();
