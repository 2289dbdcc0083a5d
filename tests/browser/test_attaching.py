"""Files in the browser: chosen, pasted and dropped, and refused without a loss."""

import base64
from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, expect

from lib.identity import User
from tests.browser.person import Person

Visit = Callable[..., Person]
BOB = User("bob-attaches@example.com", "bob-attaches@example.com", "Bob", authenticated=True)
CSV = b"region,revenue\n" + b"North,1\n" * 60
# A browser lets a program paste and drop files only as it does here.
GIVE = """([selector, kind, name, data]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name));
    const init = { bubbles: true, cancelable: true };
    const event = kind === "paste"
        ? new ClipboardEvent(kind, { ...init, clipboardData: transfer })
        : new DragEvent(kind, { ...init, dataTransfer: transfer });
    document.querySelector(selector).dispatchEvent(event);
}"""


def image() -> bytes:
    out = BytesIO()
    Image.new("RGB", (900, 600), "teal").save(out, "PNG")
    return out.getvalue()


def file(name: str, content: bytes) -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def choose(person: Person, *files: Any) -> None:
    person.page.locator("[data-testid=stChatInput] input[type=file]").set_input_files(list(files))
    expect_uploaded(person, *(each["name"] for each in files))


def cards(person: Person) -> Locator:
    return person.page.locator(".chat-files > *")


def give(person: Person, kind: str, name: str, content: bytes) -> None:
    """Paste or drop a file. The place to drop it shows up when it is dragged over the page."""
    data = base64.b64encode(content).decode()
    if kind == "drop":
        person.page.evaluate(GIVE, ["body", "dragover", name, data])
        person.expect_text("Drag and drop files here")
    place = "[data-testid=stChatInputTextArea]" if kind == "paste" else "[data-testid=stChatInput] input[type=file]"
    person.page.evaluate(GIVE, [place, kind, name, data])
    expect_uploaded(person, name)


def expect_uploaded(person: Person, *names: str) -> None:
    """Until a file is uploaded, the box shows its name, and Enter does nothing."""
    for name in names:
        expect(person.page.get_by_test_id("stChatInput")).to_contain_text(name)
    expect(person.page.get_by_test_id("stChatInputSubmitButton")).to_be_enabled()


def expect_small_image(person: Person) -> None:
    person.page.wait_for_function("() => document.querySelector('.chat-files img')?.naturalWidth === 320")


def test_chosen_files_are_given_to_the_agent_and_shown_with_the_question_to_readers_too(
    ann: Person, visit: Visit
) -> None:
    choose(ann, file("sales.csv", CSV), file("chart.png", image()))
    ann.ask("What is this?")
    ann.expect_text("sales.csv has 60 rows and 2 columns: region, revenue.")
    ann.expect_text("chart.png is a PNG image of 900 by 600 pixels.")
    expect(cards(ann)).to_have_text(["sales.csv 495 B", "chart.png 3 kB"])
    expect_small_image(ann)
    ann.expect_idle()
    ann.page.get_by_text("First rows of sales.csv").click()
    ann.expect_text("50 of 60 rows, 2 columns")
    ann.ask("And how many rows are in the file?")
    expect(ann.answer).to_contain_text("I received 2 files.")
    ann.page.request.patch(f"{ann.url}/api/chat/{ann.path}/visibility", data={"visibility": "public"})
    bob = visit(ann.path, user=BOB)
    expect_small_image(bob)
    with bob.page.expect_download() as download:
        cards(bob).filter(has_text="sales.csv").click()
    assert download.value.suggested_filename == "sales.csv" and download.value.path().read_bytes() == CSV
    assert ann.complaints == bob.complaints == []


def test_a_refused_file_leaves_the_text_and_the_other_files_which_were_pasted_and_dropped(ann: Person) -> None:
    ann.box.fill("What is this?")
    give(ann, "paste", "chart.png", image())
    give(ann, "drop", "lie.png", b"<html>")
    ann.box.press("Enter")
    ann.expect_text("“lie.png” is not PNG, although its name says so.")
    expect(ann.box).to_have_value("What is this?")
    expect(ann.messages).to_have_count(0)
    expect(ann.page.get_by_role("button", name="chart.png")).to_be_visible()
    ann.box.press("Enter")
    ann.expect_text("I received one file.")
    expect(cards(ann)).to_have_text(["chart.png 3 kB"])
    expect(ann.page.get_by_role("button", name="chart.png")).to_have_count(0)
    assert ann.complaints == []
