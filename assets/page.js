// Gives the document what the first page cannot know (lib/web/first_page.py): the session's language, words that the style
// sheet shows, and the theme, of which Streamlit tells its app only, while dialogs and menus stand beside it. The app runs
// this script with every page, and again when something of it has changed.
//
// It also looks whether the document has the rules of the process that draws it. They may have failed to load. While a new
// version of the app is deployed, they may come from a process of the other version, and a tab may be older than that.
// Then they are asked for again until they are there, and the page keeps those that it has so far.
(() => {
  const { language, words, style } = window.lakechatPage;
  const RULES = "link.lakechat-style";
  const REDRAWN_MS = 500;
  const FIRST_WAIT_MS = 500;
  const LONGEST_WAIT_MS = 30_000;
  const root = document.documentElement;
  const version = JSON.stringify(style.split("?")[1]);

  root.lang = language;
  for (const [name, word] of Object.entries(words)) root.style.setProperty(name, JSON.stringify(word));

  const app = document.querySelector("[data-testid=stApp]");
  const takeTheme = () => (root.style.colorScheme = getComputedStyle(app).colorScheme);
  takeTheme();
  // Streamlit draws itself anew then.
  if (!window.lakechatTheme) {
    window.lakechatTheme = matchMedia("(prefers-color-scheme: dark)");
    window.lakechatTheme.addEventListener("change", () => setTimeout(takeTheme, REDRAWN_MS));
  }

  const hasRules = () => getComputedStyle(root).getPropertyValue("--style-version") === version;

  const load = (waitMs) => {
    if (window.lakechatPage.style !== style) return;
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: style, className: "lakechat-style" });
    const end = () => {
      if (!hasRules()) {
        link.remove();
        setTimeout(() => load(Math.min(2 * waitMs, LONGEST_WAIT_MS)), waitMs);
        return;
      }
      for (const other of document.querySelectorAll(RULES)) if (other !== link) other.remove();
    };
    link.addEventListener("load", end);
    link.addEventListener("error", end);
    document.body.append(link);
  };
  if (!hasRules()) load(FIRST_WAIT_MS);
})();
