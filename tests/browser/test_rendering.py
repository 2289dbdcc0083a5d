"""What an agent writes and what a person reads, in the real Streamlit, while it comes and when it is kept."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.unit.nasty import WRITTEN_AND_READ

Visit = Callable[..., Person]
# What stands in the paragraphs, a formula as it was written.
PARAGRAPHS = """
(answer) => [...answer.querySelectorAll("[data-testid=stMarkdownContainer] > p")].map((paragraph) => {
  const copy = paragraph.cloneNode(true);
  for (const formula of copy.querySelectorAll(".katex"))
    formula.replaceWith(formula.querySelector("annotation").textContent);
  return copy.textContent.replace(/\\s+/g, " ").trim();
})
"""


def paragraphs(answer: Locator) -> list[str]:
    found: list[str] = answer.evaluate(PARAGRAPHS)
    return found


def test_every_fragment_is_read_as_it_was_written_while_it_comes_and_when_it_is_kept(
    ann: Person, agent: HeldAgent
) -> None:
    written = [f"x {each} y" for each, _ in WRITTEN_AND_READ]
    words = [" ".join(f"x {each} y".split()) for _, each in WRITTEN_AND_READ]
    middle = len(written) // 2
    held = agent.says("\n\n".join(written[:middle]), "\n\n" + "\n\n".join([*written[middle:], "The end"]), held_after=1)
    ann.ask("Write down everything that is difficult")
    expect(ann.answer).to_contain_text(words[middle - 1])
    assert paragraphs(ann.answer) == words[:middle]
    held.release_all()
    for _ in range(2):
        expect(ann.answer).to_contain_text("Saved")
        ann.is_at_rest()
        *seen, last, mark = paragraphs(ann.answer)
        assert seen == words and last == "The end" and "Saved" in mark
        ann.reload()
    assert ann.complaints == []
