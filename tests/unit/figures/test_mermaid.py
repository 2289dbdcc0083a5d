"""Which diagrams are drawn."""

import contextlib
import time

import pytest

from lib.figures.figure import Diagram, NotDrawn
from lib.figures.mermaid import MAX_CHARS, MAX_LINES, read_mermaid


@pytest.mark.parametrize(
    "code",
    [
        "graph TD\n  A[Start<br/>here] --> B{Enough?}\n  linkStyle 0 stroke:red",
        "flowchart LR\n  a --> b & c",
        "sequenceDiagram\n  Ann->>App: click the link, 2 < 3",
        "classDiagram\n  Animal <|-- Duck\n  class Shape { <<interface>> }",
        "stateDiagram-v2\n  [*] --> Still",
        "erDiagram\n  CUSTOMER ||--o{ ORDER : places",
        "gantt\n  dateFormat YYYY-MM-DD\n  excludes weekends\n  Build :a1, 2026-01-01, 30d",
        'pie title Pets\n  "Dogs" : 386000',
        "journey\n  section Go\n    Click it: 5: Me",
        "mindmap\n  root\n    Links",
        "timeline\n  2026 : Links",
        "gitGraph\n  commit",
        "xychart-beta\n  bar [1, 2]",
    ],
)
def test_a_diagram_is_drawn_as_it_is(code: str) -> None:
    assert read_mermaid(code) == Diagram(code)


def test_settings_and_comments_are_left_out_and_the_title_describes() -> None:
    code = (
        '---\ntitle: "Our way"\nconfig:\n  securityLevel: loose\n---\n'
        "%%{init: {'securityLevel': 'loose',\n 'theme': 'dark'}}%%\n%% stAlt: other\ngraph TD\n  A --> B\n"
    )
    assert read_mermaid(code) == Diagram("graph TD\n  A --> B", "Our way")


@pytest.mark.parametrize(
    "code",
    [
        "",
        "A --> B",
        "C4Context\n  title x",
        "graph TD\n  A[<img src=x onerror=alert(1)>] --> B",
        'graph TD\n  A["<b>x</b>"] --> B',
        'graph TD\n  A --> B\n  click A "https://evil.example"',
        "graph TD\n  A --> B\n  CLICK A call alert()",
        'graph TD\n  A --> B\n  click A href "https://evil.example"',
        "sequenceDiagram\n  link Ann: Home @ https://evil.example",
        'classDiagram\n  link Shape "https://evil.example"',
        'gantt\n  x :a, 2026-01-01, 1d\n  click a href "https://evil.example"',
        "graph TD\n  A[javascript:alert(1)] --> B",
        "graph TD\n  A --> B\n  style A fill:url(https://evil.example/x.svg)",
        'graph TD\n  A@{ img: "https://evil.example/x.png" }',
        "graph TD\n  A[fa:fa-car x] --> B",
        "%%%%{a}%%{init: {'securityLevel': 'loose'}}%%\ngraph TD\n  A --> B %%{x",
        "---\n---\n---\nconfig: {}\n---\ngraph TD\n  A",
        "gantt\n  Build :a1, 2026-01-01, 99999d",
        "gantt\n  dateFormat YYYY-MM-DD\n  tickInterval 1millisecond\n  Build :a1, 2026-01-01, 9d",
        "graph TD\n" + "  A --> B\n" * MAX_LINES,
        "graph TD\n  A[" + "x" * MAX_CHARS + "]",
    ],
)
def test_what_loads_links_or_takes_long_is_refused(code: str) -> None:
    with pytest.raises(NotDrawn, match=r"^\w"):
        read_mermaid(code)


@pytest.mark.parametrize("sign", ["%%{", "@{", "---\n", "<", "%%", "click "])
def test_looking_through_a_diagram_takes_linear_time(sign: str) -> None:
    began = time.process_time()
    with contextlib.suppress(NotDrawn):
        read_mermaid("graph TD " + sign * (MAX_CHARS // len(sign) - 10))
    assert time.process_time() - began < 0.2
