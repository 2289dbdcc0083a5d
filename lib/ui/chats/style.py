"""CSS for the page with all chats."""

# The cells beside a title are as wide in each row; on a phone they stand below it, in one line.
STYLE = """<style>
[data-testid=stMainBlockContainer]:has(.st-key-all-chats) { max-width: 70rem; }
[class*=st-key-chat-row-] { flex-wrap: nowrap; border-bottom: 1px solid #8884; padding-block: 0.1rem; }
[class*=st-key-chat-row-] > :has([data-testid=stCheckbox]) { flex: none; width: auto; }
[class*=st-key-chat-row-] > :has([data-testid=stHtml]) { flex: none; width: auto; }
[class*=st-key-open-] { min-width: 0; }
[class*=st-key-open-] button { text-align: start; min-width: 0; }
:is([class*=st-key-open-], .st-key-sort-title) :is(button, button > div) { justify-content: flex-start; }
[class*=st-key-open-] button p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.st-key-sort-title { flex: 1; }
.st-key-sort-activity { flex: none; width: 7rem; }
.st-key-sort-created { flex: none; width: 5.5rem; }
:is(.st-key-sort-activity, .st-key-sort-created) button { width: 100%; padding-inline: 0; }
:is(.st-key-sort-activity, .st-key-sort-created) :is(button, button > div) { justify-content: flex-end; }
.chat-cells { display: flex; gap: 1rem; font-size: 0.875rem; opacity: 0.8; white-space: nowrap; }
.chat-cells .agent { width: 8rem; overflow: hidden; text-overflow: ellipsis; }
.chat-cells .number { width: 4.5rem; text-align: end; }
.chat-cells .mark { width: 4.5rem; }
.chat-cells time { width: 7rem; text-align: end; }
.chat-cells .created { width: 5.5rem; text-align: end; }
.chat-cells .unit { display: none; }
.chat-cells i { font: 1rem/1 "Material Symbols Rounded"; vertical-align: -0.2em; margin-inline-end: 0.15rem; }
@media (max-width: 768px) {
  [class*=st-key-chat-row-]:not(.st-key-chat-row-head) { flex-wrap: wrap; row-gap: 0; padding-bottom: 0.4rem; }
  [class*=st-key-chat-row-] > [class*=st-key-open-] { width: calc(100% - 2.5rem); flex: none; }
  [class*=st-key-chat-row-] > :has([data-testid=stHtml]) { width: 100%; padding-inline-start: 2.5rem; }
  .st-key-chat-row-head > :has([data-testid=stHtml]) { display: none; }
  .chat-cells { gap: 0.75rem; }
  .chat-cells.chat-cells > * { width: auto; }
  .chat-cells > :is(:empty, .created:not(.sorted)) { display: none; }
  .chat-cells .unit { display: inline; }
  .chat-cells > time { margin-inline-start: auto; }
  .chat-cells .created::before { content: "Created "; }
}
</style>"""
