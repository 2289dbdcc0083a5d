"""CSS for the buttons of a chat and of its messages."""

# They are signs with a name for screen readers, those of a message quiet ones.
SIGNS = """
:is([class*=st-key-edit-], [class*=st-key-step-], [class*=st-key-answer-menu-], [class*=st-key-chat-menu-]) button p {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:is([class*=st-key-answer-menu-], [class*=st-key-chat-menu-]) button > div > [aria-hidden=true] { display: none; }
:is([class*=st-key-edit-], [class*=st-key-step-], [class*=st-key-answer-menu-]) button {
  opacity: 0.6; min-width: 2rem; min-height: 2rem; padding: 0.25rem; }
:is([class*=st-key-edit-], [class*=st-key-step-], [class*=st-key-answer-menu-]) button:is(:hover, :focus-visible) {
  opacity: 1; }
:is([class*=st-key-question-row-], [class*=st-key-versions-]) { flex-wrap: nowrap; }
[class*=st-key-answer-row-] { gap: 0.25rem 0.5rem; margin-inline-start: -0.35rem; }
[class*=st-key-answer-row-] .copy { gap: 0; }
"""
# With a mouse, the buttons of a message appear when it points at the message. Those of the last answer, and those of an
# answer with a vote, stay. So does a line that says more than that the answer was saved.
QUIET = """
@media (hover: hover) {
  [data-testid=stChatMessage]:not(:hover, :focus-within, :has(
      [class*=st-key-answer-row-last-], [class*=st-key-comment-], [aria-expanded=true])) :is(
    [class*=st-key-answer-row-] .copy, [class*=st-key-vote-], [class*=st-key-answer-menu-], [class*=st-key-edit-],
    :is(p, .stMarkdownColoredText):has(> [aria-label="cloud_done icon"]:first-child)) { opacity: 0; }
}
"""
ACTIONS = f"{SIGNS}{QUIET}"
