// Hides the title of a chat while it says nothing that is not read right below it: the beginning of the first question, as
// where no model gives titles. It shows once that question has scrolled away. Screen readers have it all the time.
//
// The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatTitle) return;
  window.lakechatTitle = true;

  let isDue = false;

  const wordsOf = (element) => element.textContent.replace(/\s+/g, " ").trim();

  const isRepeated = () => {
    const header = document.querySelector(".st-key-chat-header");
    const title = header?.querySelector("h1");
    const question = document.querySelector("[data-testid=stChatMessage] > [data-testid=stChatMessageContent]");
    if (!title || question?.dataset.saidBy !== "user") return false;
    const isInView = question.getBoundingClientRect().bottom > header.getBoundingClientRect().bottom;
    return isInView && wordsOf(question).startsWith(wordsOf(title).replace(/…$/, ""));
  };

  const look = () => {
    isDue = false;
    document.documentElement.toggleAttribute("data-title-repeats", isRepeated());
  };
  const lookSoon = () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(look);
  };

  new MutationObserver(lookSoon).observe(document.body, { childList: true, subtree: true });
  addEventListener("scroll", lookSoon, { capture: true, passive: true });
})();
