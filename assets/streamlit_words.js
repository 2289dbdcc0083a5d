// Streamlit's own words are English in every language: the names of its buttons, what stands in an empty field, the hint
// below one. This script puts them into the language of the session, as far as they are seen or heard here. It looks at
// names and hints only, never at what a person or an agent has said.
//
// A rule of the style sheet that knows an element by its English name finds it in `data-english`. The app runs this script
// with every page; the first one stays.
(() => {
  if (window.lakechatStreamlitWords) return;
  window.lakechatStreamlitWords = true;

  const _ = (text) => window.lakechatTexts?.[text] ?? text;
  const words = () => ({
    "25th percentile": _("25th percentile"),
    "75th percentile": _("75th percentile"),
    "Accounting": _("Accounting"),
    "App pages": _("App pages"),
    "Automatic": _("Automatic"),
    "Autosize": _("Autosize"),
    "Average": _("Average"),
    "Average length": _("Average length"),
    "Based on sample": _("Based on sample"),
    "Calendar": _("Calendar"),
    "Choose an option": _("Choose an option"),
    "Choose date range": _("Choose date range"),
    "Choose options": _("Choose options"),
    "Clear selection": _("Clear selection"),
    "Close": _("Close"),
    "Close fullscreen": _("Close fullscreen"),
    "Collapse sidebar": _("Collapse sidebar"),
    "Compact": _("Compact"),
    "Copy Vega-Lite spec": _("Copy Vega-Lite spec"),
    "Copy column name": _("Copy column name"),
    "Copy to clipboard": _("Copy to clipboard"),
    "Dataframe column menu": _("Dataframe column menu"),
    "Distance": _("Distance"),
    "Distinct": _("Distinct"),
    "Dollar": _("Dollar"),
    "Download as CSV": _("Download as CSV"),
    "Download as PNG": _("Download as PNG"),
    "Duration": _("Duration"),
    "Empty": _("Empty"),
    "Euro": _("Euro"),
    "Expand sidebar": _("Expand sidebar"),
    "Feedback rating": _("Feedback rating"),
    "Format": _("Format"),
    "Fullscreen": _("Fullscreen"),
    "Hide column": _("Hide column"),
    "Localized": _("Localized"),
    "Maximum": _("Maximum"),
    "Maximum length": _("Maximum length"),
    "Median": _("Median"),
    "Minimum": _("Minimum"),
    "Minimum length": _("Minimum length"),
    "Navigate to home page": _("Navigate to home page"),
    "No results": _("No results"),
    "Open": _("Open"),
    "Percent": _("Percent"),
    "Pin column": _("Pin column"),
    "Plain": _("Plain"),
    "Press Ctrl+Enter to apply": _("Press Ctrl+Enter to apply"),
    "Press Enter to apply": _("Press Enter to apply"),
    "Press Enter to submit form": _("Press Enter to submit form"),
    "Press ⌘+Enter to apply": _("Press ⌘+Enter to apply"),
    "Range": _("Range"),
    "Scientific": _("Scientific"),
    "Search": _("Search"),
    "Send message": _("Send message"),
    "Show data": _("Show data"),
    "Show/hide columns": _("Show/hide columns"),
    "Sidebar": _("Sidebar"),
    "Skip to main content": _("Skip to main content"),
    "Sort ascending": _("Sort ascending"),
    "Sort descending": _("Sort descending"),
    "Standard deviation": _("Standard deviation"),
    "Statistics": _("Statistics"),
    "Sum": _("Sum"),
    "Thumbs down": _("Thumbs down"),
    "Thumbs up": _("Thumbs up"),
    "Unpin column": _("Unpin column"),
    "Upload": _("Upload"),
    "Upload files": _("Upload files"),
    "Values": _("Values"),
    "Yen": _("Yen"),
    "dd": _("dd"),
    "file upload": _("Upload files"),
    "mm": _("mm"),
    "yyyy": _("yyyy"),
  });
  const patterns = () => [
    [/^Help for (.+)$/s, _("Help for {0}")],
    [/^Shortcut (.+)$/, _("Shortcut {0}")],
    [/^(\d+)MB per file$/, _("{0} MB per file")],
    [/^(.+) start date$/s, _("{0}, from")],
    [/^(.+) end date$/s, _("{0}, until")],
    [/^day, (.+)$/s, _("Day, {0}")],
    [/^month, (.+)$/s, _("Month, {0}")],
    [/^year, (.+)$/s, _("Year, {0}")],
  ];
  const ATTRIBUTES = ["aria-label", "placeholder"];
  const SAID = `svg *, [data-testid=stVegaLiteChart], [data-testid=stVegaLiteChart] *, [data-testid=stMarkdown] *,
    [data-testid=stDataFrameColumnVisibilityMenu] *`;
  const NAMED = `:is([aria-label], input[placeholder]):not(${SAID})`;
  const TEXTS = `:is([data-testid=InputInstructions], [data-testid=InputInstructions] *),
    [data-testid=stSkipToContent], [data-testid=stTooltipContent],
    [data-testid=stFileUploaderDropzone] :is(p, span), [data-testid^=stDateInput] [role=spinbutton],
    :is([data-testid=stDataFrameColumnMenu], [data-testid=stDataFrameColumnFormattingMenu]) [role=menuitem],
    [data-testid=stDataFrameColumnMenu] [role=menuitem] > div,
    [data-testid=stDataFrameStatisticsMetrics] *, [data-testid=stDataFrameStatisticsContent] > *`;
  let isDue = false;
  let known = {};

  const translated = (text) => {
    if (Object.hasOwn(known.words, text)) return known.words[text];
    for (const [pattern, form] of known.patterns) {
      const found = text.match(pattern);
      if (found) return form.replace("{0}", () => translated(found[1]));
    }
    const [what, ...of] = text.split(": ");
    return of.length && Object.hasOwn(known.words, what) ? [known.words[what], ...of].join(": ") : text;
  };

  // What this has shown, by node and attribute, so that it is recognised, and put into another language when that is chosen.
  const shown = new WeakMap();
  const inOurs = (node, name, text) => {
    const last = shown.get(node)?.[name];
    const english = last?.text === text ? last.english : text;
    const ours = translated(english);
    if (ours !== english) shown.set(node, { ...shown.get(node), [name]: { english, text: ours } });
    return { english, ours };
  };

  const mendNames = (element) => {
    for (const name of ATTRIBUTES) {
      const text = element.getAttribute(name);
      if (!text) continue;
      const { english, ours } = inOurs(element, name, text);
      if (ours === text) continue;
      if (name === "aria-label") element.dataset.english = english;
      element.setAttribute(name, ours);
    }
  };

  const mendText = (element) => {
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
      const { ours } = inOurs(node, "text", node.data);
      if (ours !== node.data) node.data = ours;
    }
  };

  const mend = () => {
    isDue = false;
    if (document.documentElement.lang === "en" && !document.querySelector("[data-english]")) return;
    if (known.texts !== window.lakechatTexts) {
      known = { texts: window.lakechatTexts, words: words(), patterns: patterns() };
    }
    document.querySelectorAll(NAMED).forEach(mendNames);
    document.querySelectorAll(TEXTS).forEach(mendText);
  };

  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    setTimeout(mend, 0);
  }).observe(document.body, { childList: true, subtree: true, characterData: true, attributeFilter: ATTRIBUTES });
  mend();
})();
