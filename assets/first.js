// Runs before Streamlit, with every load of a page: see lib/web/first_page.py.
(() => {
  const root = document.documentElement;
  const cookie = (name) => document.cookie.split("; ").find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);

  // Streamlit keeps a theme for each path, and reads it when a page is loaded.
  const theme = cookie("lakechat-theme");
  if (theme) localStorage.setItem(`stActiveTheme-${location.pathname}-v2`, JSON.stringify(theme));

  if (cookie("lakechat-density") === "compact") root.classList.add("compact");

  // Streamlit keeps whether the sidebar is open. On a phone it would then cover the page at each load.
  const kept = Object.keys(localStorage).filter((key) => key.startsWith("stSidebarCollapsed-"));
  if (matchMedia("(max-width: 768px)").matches) kept.forEach((key) => localStorage.removeItem(key));
  if (kept.some((key) => localStorage.getItem(key) === "true")) return;

  // A page that says that the app cannot start has no sidebar, so the wait for it ends.
  const LONGEST_MS = 10_000;
  const width = parseInt(localStorage.getItem("sidebarWidth"), 10);
  if (width) root.style.setProperty("--sidebar-width", `${width}px`);
  root.classList.add("is-starting");
  const end = () => {
    root.classList.remove("is-starting");
    observer.disconnect();
  };
  const observer = new MutationObserver(() => document.querySelector("[data-testid=stSidebar], [data-testid=stAlert]") && end());
  observer.observe(root, { childList: true, subtree: true });
  setTimeout(end, LONGEST_MS);
})();
