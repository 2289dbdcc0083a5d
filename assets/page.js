// Gives the document what the first page cannot know (lib/web/first_page.py): the session's language, and words that the
// style sheet shows. The app runs this script with every page, and again when something of it has changed.
(() => {
  const { language, words, style } = window.lakechatPage;
  const root = document.documentElement;
  root.lang = language;
  for (const [name, word] of Object.entries(words)) root.style.setProperty(name, JSON.stringify(word));

  // A tab may be older than the app's present version, and its first page have older rules, or none.
  const ID = "lakechat-style";
  const link = document.getElementById(ID) ?? Object.assign(document.createElement("link"), { id: ID, rel: "stylesheet" });
  if (link.getAttribute("href") === style) return;
  link.setAttribute("href", style);
  document.body.append(link);
})();
