"""No content appears twice when an answer ends or the page reruns while it streams."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from lib.identity import User
from lib.store.store import MESSAGES_LIMIT
from lib.ui.chat.messages import ACTION_ANSWERS
from local.proxy_connection import Limits
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]

# Slow enough for the page to draw each update before the next one arrives.
SLOW = Limits(bytes_per_second=30_000)
# After every change of the page, the boxes and the marked words in the messages are counted.
WATCH = """
() => {
  const seen = window.seen = {};
  const look = () => {
    const messages = [...document.querySelectorAll("[data-testid=stChatMessage]")];
    const boxes = messages.flatMap(each => [...each.querySelectorAll("[data-testid=stExpander]")]);
    const counts = { box: boxes.filter(each => each.innerText.includes("Queried")).length };
    for (const [word] of messages.map(each => each.innerText).join(" ").matchAll(/(mark-|Answer )[a-z0-9]+/g))
      counts[word] = (counts[word] || 0) + 1;
    for (const name of new Set([...Object.keys(seen), ...Object.keys(counts)]))
      seen[name] = [...new Set([...(seen[name] || []), counts[name] || 0])].sort();
  };
  const everything = { childList: true, subtree: true, characterData: true, attributes: true };
  look();
  new MutationObserver(look).observe(document.body, everything);
}
"""
MARKS = [f"mark-{name}" for name in ("one", "two", "three", "four", "five")]
PARAGRAPHS = [f"{mark} and what belongs to it.\n\n" for mark in MARKS]


def watch(person: Person) -> None:
    person.page.evaluate(WATCH)
    person.proxy.limits = SLOW


def counts_of(person: Person, *names: str) -> list[list[int]]:
    """The distinct counts of each name that were seen on the page since `watch`."""
    seen: dict[str, list[int]] = person.page.evaluate("window.seen")
    return [seen.get(name, []) for name in names]


def boxes(person: Person) -> Locator:
    return person.answer.get_by_test_id("stExpander")


def is_saved(person: Person) -> None:
    expect(person.answer).to_contain_text("Saved")
    person.expect_idle()


def test_a_tool_box_is_shown_once_when_its_answer_ends(ann: Person, agent: HeldAgent) -> None:
    held = agent.set_next_fault(hold_after=8)
    ann.ask("Which region sold most last quarter?")
    expect(boxes(ann)).to_have_count(1)
    expect(ann.answer).to_contain_text("Nordics")
    watch(ann)
    held.release_all()
    is_saved(ann)
    assert counts_of(ann, "box") == [[1]]


def test_a_text_of_many_paragraphs_is_shown_once_when_it_ends(ann: Person, agent: HeldAgent) -> None:
    held = agent.says(*PARAGRAPHS, "The end.", held_after=len(PARAGRAPHS))
    ann.ask("Tell me all")
    expect(ann.answer).to_contain_text(MARKS[-1])
    watch(ann)
    held.release_all()
    is_saved(ann)
    assert counts_of(ann, *MARKS) == [[1]] * len(MARKS)


def test_a_growing_text_is_shown_once_when_the_page_reruns(ann: Person, agent: HeldAgent) -> None:
    held = agent.says(*PARAGRAPHS, "The end.", held_after=1)
    ann.ask("Tell me all")
    for mark in MARKS[:4]:  # one by one, so that each is an element of its own
        expect(ann.answer).to_contain_text(mark)
        held.release()
    expect(ann.answer).to_contain_text(MARKS[-1])
    watch(ann)
    for action in ("Pin", "Unpin"):
        ann.choose(action)
        expect(ann.page.get_by_test_id("stNavSectionHeader").get_by_text("Pinned")).to_have_count(int(action == "Pin"))
        expect(ann.answer).to_contain_text(MARKS[-1])
    held.release_all()
    is_saved(ann)
    assert [max(counts) for counts in counts_of(ann, *MARKS)] == [1] * len(MARKS)


@pytest.mark.parametrize("turns", [ACTION_ANSWERS, MESSAGES_LIMIT // 2])
def test_earlier_answers_are_shown_once_when_the_next_answer_ends(
    visit: Visit, seeded_chats: SeededChats, new_user: User, agent: HeldAgent, turns: int
) -> None:
    """With the next answer the page shows buttons above its messages, or no longer shows the first ones."""
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=turns)))
    expect(ann.messages).to_have_count(turns * 2)
    held = agent.says("mark-one ", "mark-two", held_after=1)
    ann.ask("And now?")
    expect(ann.answer).to_contain_text("mark-one")
    watch(ann)
    held.release_all()
    is_saved(ann)
    names = ["mark-one", *(f"Answer {number}" for number in range(3, turns + 1))]
    assert [max(counts) for counts in counts_of(ann, *names)] == [1] * len(names)
