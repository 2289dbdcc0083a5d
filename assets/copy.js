// Copies an answer or a table at a click: as the Markdown or the tab-separated values that the button carries, and as rich
// text, so that it stays a table in a mail and cells in a spreadsheet. The rich text of an answer is what the page shows,
// without its looks: only elements that mean something are kept.
//
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatCopy) return;
  window.lakechatCopy = true;

  const SHOWN_MS = 2000;
  const CHECK_MS = 50;
  // A browser takes a click as a permission to copy for five seconds.
  const LONGEST_MS = 4000;
  const KEPT =
    "a b blockquote br code del em h1 h2 h3 h4 h5 h6 hr i li ol p pre strong sub sup table tbody td th thead tr ul".split(" ");
  const VOID = ["br", "hr"];
  const _ = (text) => window.lakechatTexts?.[text] ?? text;
  // The line that says when it was saved is a caption, or coloured as no words of an agent are.
  const LEFT_OUT = "button, [aria-hidden=true], [role=img], [data-testid=stCaptionContainer], .stMarkdownColoredText";

  const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

  const htmlOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return escape(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    const formula = node.matches(".katex") && node.querySelector("annotation");
    if (formula) return escape(formula.textContent);
    if (node.matches(LEFT_OUT)) return "";
    const inner = [...node.childNodes].map(htmlOf).join("");
    const name = node.localName;
    if (!KEPT.includes(name)) return inner;
    if (VOID.includes(name)) return `<${name}>`;
    if (name === "p" && !inner.trim()) return "";
    return `<${name}${name === "a" ? ` href="${escape(node.href)}"` : ""}>${inner}</${name}>`;
  };

  const BLOCKS = "[data-testid=stMarkdown], [data-testid=stCode]";
  const NO_ANSWER = `${BLOCKS}, [data-testid=stExpander], .stHorizontalBlock`;

  const answerOf = (message) => {
    const isOwn = (block) => !block.parentElement.closest(NO_ANSWER);
    return [...message.querySelectorAll(BLOCKS)].filter(isOwn).map(htmlOf).join("\n");
  };

  // Streamlit loads what draws code and tables after the page, and shows a skeleton until then.
  const drawn = async (message) => {
    for (let waited = 0; waited < LONGEST_MS && message.querySelector("[data-testid=stSkeleton]"); waited += CHECK_MS) {
      await new Promise((done) => setTimeout(done, CHECK_MS));
    }
    return message;
  };

  const tableOf = (values) => {
    const [head, ...rows] = values.split("\n").map((line) => line.split("\t").map(escape));
    const row = (cells, name) => `<tr>${cells.map((cell) => `<${name}>${cell}</${name}>`).join("")}</tr>`;
    return `<table>${row(head, "th")}${rows.map((cells) => row(cells, "td")).join("")}</table>`;
  };

  const copy = async (button) => {
    const { markdown, values } = button.dataset;
    const plain = decodeURIComponent((markdown ?? values).slice(1, -1));
    const message = button.closest("[data-testid=stChatMessage]");
    const rich = values === undefined ? answerOf(await drawn(message)) : tableOf(plain);
    const blob = (text, type) => new Blob([text], { type });
    await navigator.clipboard.write([
      new ClipboardItem({ "text/plain": blob(plain, "text/plain"), "text/html": blob(rich, "text/html") }),
    ]);
  };

  const say = (button, words) => {
    const status = button.parentElement.querySelector("[role=status]");
    status.textContent = words;
    setTimeout(() => (status.textContent = ""), SHOWN_MS);
  };

  addEventListener("click", (event) => {
    const button = event.target.closest(".copy button");
    if (!button) return;
    copy(button).then(
      () => say(button, _("Copied")),
      () => say(button, _("The browser does not allow copying here")),
    );
  });
})();
