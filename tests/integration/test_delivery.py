"""A chat is unread until its owner has seen or got the answer: an answer sent to a program to its end was got."""

from openai import OpenAI

from lib.runtime import Runtime
from local.workspace import Workspace
from tests.conftest import ANN
from tests.integration.rest_client import Client, asking, events
from tests.integration.test_responses import client as client
from tests.integration.test_responses import speak as speak
from tests.waiting import until

QUESTION = "How many orders are there?"


def is_unread(runtime: Runtime) -> bool:
    """The user's latest chat."""
    return runtime.store(ANN).list_chats().chats[0].unread


def test_an_answer_that_was_streamed_to_the_end_is_read(ann: Client, runtime: Runtime) -> None:
    assert events(ann.ask(QUESTION))[-2].json["status"] == "complete"
    until(lambda: not is_unread(runtime))


def test_an_answer_whose_reader_left_is_unread(ann: Client, workspace: Workspace, runtime: Runtime) -> None:
    body = asking(QUESTION)
    fault = workspace.faults.invocations.next(hold_after=2)
    with ann.asked(body) as found:
        next(found)
    fault.release_all()
    until(lambda: not runtime.store(ANN).list_chats().chats[0].running)
    assert is_unread(runtime)


def test_a_response_is_read_unless_it_was_asked_for_in_the_background(client: OpenAI, runtime: Runtime) -> None:
    client.responses.create(input=QUESTION)
    assert not is_unread(runtime)
    for _ in client.responses.create(input=QUESTION, stream=True):
        pass
    until(lambda: not is_unread(runtime))
    answer = client.responses.create(input=QUESTION, background=True)
    until(lambda: client.responses.retrieve(answer.id).status == "completed")
    assert is_unread(runtime)
