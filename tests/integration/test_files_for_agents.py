"""The files of questions on their way to the agent: their bytes arrive, and later questions speak of them."""

from io import BytesIO
from uuid import UUID, uuid4

import pytest
from PIL import Image

from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question, Turn
from lib.config import load
from lib.errors import BadInput, NoSuchFile
from lib.identity import Asker
from lib.runtime import Runtime
from lib.store.files import Attachment
from local.workspace import Workspace
from tests.conftest import ANN, BOB
from tests.integration.test_turns import ended

CSV = b"region,revenue\n" + b"North,1\n" * 3
PERHAPS_FILES = "Perhaps it does not take the files that are attached"


def image(side: int) -> bytes:
    out = BytesIO()
    Image.effect_noise((side, side), 90).save(out, "PNG")
    return out.getvalue()


def added(runtime: Runtime, name: str, content_type: str, content: bytes) -> Attachment:
    return runtime.store(ANN).add_file(uuid4(), name, content_type, content)


def ask(runtime: Runtime, text: str, *files: Attachment, chat_id: UUID | None = None) -> Turn:
    question_id = uuid4()
    question = Question(chat_id or uuid4(), question_id, first_answer_id(question_id), text, attachments=files)
    return ended(runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question))


def test_the_bytes_of_files_arrive_at_the_agent_and_are_sent_again_with_the_next_question(
    runtime: Runtime, workspace: Workspace
) -> None:
    sales, chart = added(runtime, "sales.csv", "text/csv", CSV), added(runtime, "chart.png", "image/png", image(40))
    report = added(runtime, "report.pdf", "application/pdf", b"%PDF-1.7 %%EOF")
    turn = ask(runtime, "What is this?", chart, sales, report)
    assert "**sales.csv** has 3 rows and 2 columns: `region`, `revenue`." in turn.answer.content
    assert "**chart.png** is a PNG image of 40 by 40 pixels." in turn.answer.content
    assert "**report.pdf** is a PDF file of 14 bytes." in turn.answer.content
    again = ask(runtime, "How many rows has the file?", chat_id=turn.chat_id)
    assert again.answer.content == turn.answer.content
    first, _, last = workspace.requests.invocations[-1].json["input"]
    assert [part["type"] for part in first["content"]] == [
        *("input_text", "input_image", "input_text", "input_file", "input_text")
    ]
    assert last["content"] == "How many rows has the file?"


def test_large_images_are_made_smaller_until_the_question_fits_and_older_ones_give_way(
    runtime: Runtime, workspace: Workspace
) -> None:
    photos = [added(runtime, f"{number}.png", "image/png", image(1_300)) for number in range(2)]
    turn = ask(runtime, "What is this?", *photos)
    assert turn.answer.content.startswith("I received 2 files.") and "JPEG image" in turn.answer.content
    long = added(runtime, "long.txt", "text/plain", b"word " * 500_000)
    ask(runtime, "And this?", long, chat_id=turn.chat_id)
    assert len(workspace.requests.invocations[-1].body) < 4_000_000


def test_files_that_the_agent_surely_does_not_take_are_refused_before_the_question_is_stored(
    platform: dict[str, str], runtime: Runtime
) -> None:
    chat_agent = Runtime(load({**platform, "SERVING_ENDPOINT": "demo-chatagent", "AGENT_AUTH": "app"}))
    try:
        chart, sales = added(runtime, "chart.png", "image/png", image(9)), added(runtime, "a.csv", "text/csv", CSV)
        sentence = "This agent takes no images, so “chart.png” cannot be sent to it."
        # What the agent takes is not known, as the app was not started: the question fails, and is kept.
        turn = ask(chat_agent, "What is this?", chart)
        assert (turn.status, sentence in str(turn.answer.parts)) == ("failed", True)
        chat_id = uuid4()
        with pytest.raises(BadInput, match="This agent takes no images"):
            ask(chat_agent, "What is this?", chart, chat_id=chat_id)
        assert runtime.store(ANN).get_chat(chat_id) is None
        assert "**a.csv** has 3 rows" in ask(chat_agent, "What is this?", sales, chat_id=chat_id).answer.content
    finally:
        chat_agent.stop()


def test_a_refusal_of_a_question_with_data_says_that_it_may_be_about_the_files(
    runtime: Runtime, workspace: Workspace
) -> None:
    sales, chart = added(runtime, "a.csv", "text/csv", CSV), added(runtime, "chart.png", "image/png", image(9))
    for file, has_hint in ((sales, False), (chart, True)):
        workspace.faults.invocations.next(status=400)
        turn = ask(runtime, "What is this?", file)
        assert (turn.status, PERHAPS_FILES in str(turn.answer.parts)) == ("failed", has_hint)


def test_files_that_are_not_there_or_not_theirs_or_too_large_for_an_agent_are_refused(runtime: Runtime) -> None:
    foreign = runtime.store(BOB).add_file(uuid4(), "a.csv", "text/csv", CSV)
    for file in (foreign, {**foreign, "id": str(uuid4())}):
        with pytest.raises(NoSuchFile):
            ask(runtime, "What is this?", file)
    report = added(runtime, "a.pdf", "application/pdf", b"%PDF-1.7" + b"x" * 3_000_000)
    with pytest.raises(BadInput, match=r"PDF files of 2\.2 MB at most"):
        ask(runtime, "What is this?", report)
