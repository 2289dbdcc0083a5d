// Copies an answer or a table at a click: as the Markdown or the tab-separated values that the button carries, and as rich
// text, so that it stays a table in a mail and cells in a spreadsheet. The rich text of an answer is what the page shows,
// without its looks: only elements that mean something are kept.
//
// An earlier answer has a link in the place of a button. Its Markdown is asked of the API; where the API does not have it,
// as in a temporary chat, the words that the page shows are copied.
//
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatCopy) return;
  window.lakechatCopy = true;

  // With its sign, which no link of an agent has.
  const LINK = 'a[href^="#copy/"]:has([role=img])';
  const PLACE = /^#copy\/([0-9a-f-]{36})\/([0-9a-f-]{36})$/;
  const SHOWN_MS = 2000;
  const CHECK_MS = 50;
  // A browser takes a click as a permission to copy for five seconds.
  const LONGEST_MS = 4000;
  const ASKING_MS = 2000;
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

  const blocksOf = (message) =>
    [...message.querySelectorAll(BLOCKS)].filter((block) => !block.parentElement.closest(NO_ANSWER));

  const answerOf = (message) => blocksOf(message).map(htmlOf).join("\n");

  const wordsOf = (html) => {
    const { body } = new DOMParser().parseFromString(html, "text/html");
    body.querySelectorAll("td + td, th + th").forEach((cell) => cell.before("\t"));
    body.querySelectorAll("p, li, tr, pre, hr, br, h1, h2, h3, h4, h5, h6").forEach((end) => end.after("\n"));
    return body.textContent.trim();
  };

  const markdownOf = async (link) => {
    const [, chat, following] = link.getAttribute("href").match(PLACE) ?? [];
    if (!chat) return undefined;
    const query = new URLSearchParams({ limit: "1", before: following });
    try {
      const response = await fetch(`/api/messages/${chat}?${query}`, { signal: AbortSignal.timeout(ASKING_MS) });
      return response.status === 200 ? (await response.json()).data[0]?.content : undefined;
    } catch {
      return undefined;
    }
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

  const carried = (text) => decodeURIComponent(text.slice(1, -1));

  const found = async (button) => {
    const { markdown, values } = button.dataset;
    if (values !== undefined) return [carried(values), tableOf(carried(values))];
    const [message, plain] = await Promise.all([
      drawn(button.closest("[data-testid=stChatMessage]")),
      markdown === undefined ? markdownOf(button) : carried(markdown),
    ]);
    const rich = answerOf(message);
    return [plain ?? wordsOf(rich), rich];
  };

  const copy = async (button) => {
    const [plain, rich] = await found(button);
    const blob = (text, type) => new Blob([text], { type });
    await navigator.clipboard.write([
      new ClipboardItem({ "text/plain": blob(plain, "text/plain"), "text/html": blob(rich, "text/html") }),
    ]);
  };

  const addStatus = (link) => {
    const status = document.createElement("small");
    status.role = "status";
    link.after(status);
    return status;
  };

  const say = (button, words) => {
    const status = button.parentElement.querySelector("[role=status]") ?? addStatus(button);
    status.textContent = words;
    setTimeout(() => (status.textContent = ""), SHOWN_MS);
  };

  addEventListener("click", (event) => {
    const button = event.target.closest(`.copy button, ${LINK}`);
    if (!button) return;
    event.preventDefault();
    copy(button).then(
      () => say(button, _("Copied")),
      () => say(button, _("The browser does not allow copying here")),
    );
  });
  addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches?.(LINK)) return;
    event.preventDefault();
    event.target.click();
  });
})();
