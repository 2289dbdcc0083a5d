"""The one style sheet of a chat in HTML, and the policy that allows it and nothing else."""

import hashlib
from base64 import b64encode

STYLE = """
:root { color-scheme: light dark; --text: #1b1f24; --faint: #59636e; --page: #fff; --box: #f3f5f7; --line: #d4dae0;
  --link: #0b5cad;
  --c0: #0e6e83; --c1: #e08e2b; --c2: #5b3f8c; --c3: #57a773;
  --c4: #b83a5e; --c5: #7d93ad; --c6: #a8790a; --c7: #24436f; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ec; --faint: #9ba5af; --page: #14181c; --box: #1f252b;
  --line: #39424b; --link: #7db7f0;
  --c0: #4fb3c8; --c1: #f2b266; --c2: #9c84d1; --c3: #8ad3a4;
  --c4: #de7594; --c5: #b4c2d3; --c6: #c79a2e; --c7: #6f95d6; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 50rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: .9rem; margin: 0 0 .4rem; }
h2 time { color: var(--faint); font-weight: normal; margin-left: .5rem; }
h3, h4, h5, h6 { font-size: 1.05rem; margin: 1.2rem 0 .4rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: 0 0 1.5rem; font-size: .9rem;
  color: var(--faint); }
dt, dd { margin: 0; overflow-wrap: anywhere; }
article { padding: 1rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.user .said { background: var(--box); border-radius: .5rem; padding: .6rem .8rem; }
.said { white-space: pre-wrap; }
a { color: var(--link); }
pre { background: var(--box); border-radius: .4rem; padding: .7rem .8rem; overflow-x: auto; }
pre, code { font: .87rem/1.5 ui-monospace, monospace; }
details { border: 1px solid var(--line); border-radius: .5rem; padding: .4rem .8rem; margin: .6rem 0; }
summary { cursor: pointer; color: var(--faint); }
.wide { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--box); }
.right { text-align: right; font-variant-numeric: tabular-nums; }
.center { text-align: center; }
img { max-width: 100%; height: auto; }
blockquote { margin: .6rem 0; padding-left: .8rem; border-left: 3px solid var(--line); color: var(--faint); }
figure { margin: .8rem 0; }
figcaption { color: var(--faint); font-size: .9rem; }
figure > svg { max-width: 45rem; width: 100%; height: auto; }
svg text { fill: var(--faint); font-size: 12px; }
svg path { stroke: var(--line); fill: none; }
svg path.land { fill: var(--box); }
svg path.c0 { fill: currentColor; }
polyline { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
rect, circle { fill: currentColor; }
.c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); } .c3 { color: var(--c3); }
.c4 { color: var(--c4); } .c5 { color: var(--c5); } .c6 { color: var(--c6); } .c7 { color: var(--c7); }
.note { color: var(--faint); font-size: .9rem; margin: .4rem 0; }
.error { border-left: 3px solid #c62f2f; padding-left: .8rem; }
@media print {
  :root { --text: #000; --faint: #444; --page: #fff; --box: #f3f5f7; --line: #bbb; --link: #000; }
  main { max-width: none; padding: 0; }
  pre { white-space: pre-wrap; }
  .wide { overflow: visible; }
  h2, summary { break-after: avoid; }
  tr, img, figure { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
"""
_DIGEST = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; base-uri 'none'; form-action 'none'"
