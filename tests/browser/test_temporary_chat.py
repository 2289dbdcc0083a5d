"""A temporary chat in the browser: marked as such, and gone with the tab."""

from playwright.sync_api import Dialog, expect

from tests.browser.agent import HeldAgent
from tests.browser.person import Person

NOTICE = "Nothing of it is saved"


def test_a_temporary_chat_streams_survives_other_pages_and_is_gone_after_a_reload(
    ann: Person, agent: HeldAgent
) -> None:
    ann.page.get_by_text("Temporary chat", exact=True).click()
    ann.expect_text(NOTICE)
    ann.expect_path("temporary")
    expect(ann.links).to_have_count(1)
    ann.box.fill("A draft that is not kept")
    assert ann.page.evaluate("() => Object.keys(localStorage).filter(key => key.includes('draft')).length") == 0
    held = agent.says("One ", "two.", held_after=1)
    ann.ask("Count")
    expect(ann.answer).to_contain_text("One")
    expect(ann.page.get_by_text(NOTICE)).to_have_count(1)
    held.release_all()
    ann.expect_messages("Count", "One two.")
    ann.expect_text(NOTICE)
    ann.expect_idle()
    ann.start_new_chat()
    expect(ann.links).to_contain_text(["New chat", "Temporary chat"])
    ann.go_to("Temporary chat")
    ann.expect_messages("Count", "One two.")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    ann.page.on("dialog", leave)
    ann.reload()
    ann.expect_text("What would you like to know?")
    assert asked == ["beforeunload"]
    expect(ann.messages).to_have_count(0)
    expect(ann.links).to_have_count(1)
    assert ann.complaints == []
