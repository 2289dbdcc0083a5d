// Keeps the page at the end of a chat only for those who are there. Streamlit follows a growing answer in many small
// movements, each of which sets scrollTop, and takes whoever scrolls up meanwhile for part of the growth: it pulls them
// back to the end. So where somebody has scrolled up, or `scroll.js` holds a place (`isHeld` of the main part), its
// movements have no effect, and it is told to stop. It follows again once the end is in view.
//
// A button leads back to the end. The app runs this script with every page; the first one stays.
(() => {
  if (window.lakechatFollow) return;
  window.lakechatFollow = true;

  const END_PX = 2;
  const GAP_PX = 12;
  const FAR_PX = 300;
  const USER_MS = 1000;
  const DRAG_MS = 5000;
  const GO_MS = 2000;
  const STOP_MS = 110;
  const STOPPED_MS = 10;
  const LOOK_MS = 100;
  const _ = (text) => window.lakechatTexts?.[text] ?? text;
  const KEYS_UP = ["ArrowUp", "Home", "PageUp"];
  const native = Object.getOwnPropertyDescriptor(Element.prototype, "scrollTop");

  let isFollowing = true;
  let last = 0;
  let userUntil = 0;
  let stoppedAt = 0;

  const findMain = () => document.querySelector(".stMain");
  const belowOf = (main) => main.scrollHeight - main.clientHeight - main.scrollTop;
  const isAtEnd = (main) => belowOf(main) < END_PX;

  // A turn of the wheel ends the present movement. A scroll event in the next instant, while nothing moves and the end is
  // not in view, tells Streamlit that somebody has left the end. It hears at most one such event in 100 ms, and another
  // movement may just have begun, so this is repeated as long as it tries to move.
  const stopStreamlit = (main) => {
    const now = performance.now();
    if (now - stoppedAt < STOP_MS) return;
    stoppedAt = now;
    setTimeout(() => {
      main.dispatchEvent(new WheelEvent("wheel"));
      setTimeout(() => main.dispatchEvent(new Event("scroll")), STOPPED_MS);
    });
  };

  Object.defineProperty(Element.prototype, "scrollTop", {
    ...native,
    set(top) {
      if (!this.classList.contains("stMain") || (isFollowing && !this.isHeld)) native.set.call(this, top);
      else stopStreamlit(this);
    },
  });

  const whileUserMoves = (event, ms = USER_MS) => {
    if (event.isTrusted) userUntil = performance.now() + ms;
  };
  addEventListener("wheel", (event) => event.deltaY < 0 && whileUserMoves(event), { capture: true, passive: true });
  addEventListener("touchmove", (event) => whileUserMoves(event), { capture: true, passive: true });
  addEventListener("keydown", (event) => KEYS_UP.includes(event.key) && whileUserMoves(event), true);
  // Its scroll bar.
  addEventListener("pointerdown", (event) => event.target === findMain() && whileUserMoves(event, DRAG_MS), true);

  addEventListener(
    "scroll",
    ({ target: main }) => {
      if (main !== findMain()) return;
      if (isAtEnd(main)) isFollowing = true;
      else if (main.isHeld || (main.scrollTop < last && performance.now() < userUntil)) isFollowing = false;
      last = main.scrollTop;
    },
    true,
  );

  const button = document.createElement("button");
  button.className = "to-end";
  button.hidden = true;
  button.title = _("To the end of the chat");
  button.ariaLabel = button.title;
  button.textContent = "arrow_downward";
  // In every frame for a while: the end of a growing answer moves, and Streamlit follows it only once it has heard twice
  // that it is at the end, without growth in between.
  const goToEnd = (until) => {
    const main = findMain();
    main.scrollTo(0, main.scrollHeight);
    main.dispatchEvent(new Event("scroll"));
    const now = performance.now();
    if (userUntil < now && now < until) requestAnimationFrame(() => goToEnd(until));
  };
  button.addEventListener("click", () => {
    userUntil = 0;
    goToEnd(performance.now() + GO_MS);
  });
  // Not in the body, which does not know whether the theme is dark.
  document.querySelector("[data-testid=stApp]").append(button);

  // Also where nothing scrolls: a page that fits its window is at its end.
  setInterval(() => {
    const main = findMain();
    if (!main) return;
    if (main.scrollHeight <= main.clientHeight) isFollowing = true;
    button.hidden = belowOf(main) < FAR_PX || !main.querySelector("[data-testid=stChatMessage]");
    if (button.hidden) return;
    const { left, width } = main.getBoundingClientRect();
    // In a low window the input scrolls with the page.
    const input = document.querySelector("[data-testid=stBottom]");
    const bottom = Math.min(input?.getBoundingClientRect().top ?? innerHeight, innerHeight);
    const [x, y] = [left + width / 2, innerHeight - bottom + GAP_PX];
    Object.assign(button.style, { left: `${x}px`, bottom: `${y}px` });
  }, LOOK_MS);
})();
