"""Every answer case, read from its bytes, however they are split."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.agent import formats
from lib.agent.formats.decoder import Decoder
from lib.agent.formats.registry import FORMATS as WIRE_FORMATS
from lib.agent.formats.registry import REQUEST_FORMATS
from lib.agent.http.framing import messages, opening
from lib.chat.answer import Answer
from lib.config import load
from lib.errors import NotConfigured
from lib.messages.parts import Part, ToolCall, ToolResult
from tests.answer_cases import AnswerCase, failures, files_and_tools, reasoning, repetition, shapes

ANSWER_CASES: list[AnswerCase] = [
    *(*failures.BROKEN, *failures.FALSE_ALARMS, *failures.ENDED),
    *(*reasoning.REASONING, *reasoning.TEXT, *reasoning.SPEAKERS),
    *(*repetition.REPEATED, *repetition.APART, *repetition.DONE_ALONE),
    *(*shapes.CONTENTS, *shapes.CALLS, *shapes.SERVERS, *shapes.UNKNOWN_FORMS),
    *(
        *files_and_tools.FILES,
        *files_and_tools.SOURCES,
        *files_and_tools.FOLLOW_UPS,
        *files_and_tools.ARGUMENTS,
        *files_and_tools.OUTPUTS,
    ),
]
MODEST = settings(derandomize=True, max_examples=300)


def read(pieces: list[bytes]) -> tuple[Answer, str]:
    """The answer and its outcome."""

    async def received() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def reading() -> tuple[Answer, str]:
        decoder, answer, stream = Decoder(), Answer(), received()
        head = await opening(stream)
        async for raw in messages(head, stream):
            for event in decoder.feed(raw).events:
                answer.take(event)
        outcome = decoder.outcome
        for event in decoder.end(is_whole=outcome == "complete"):
            answer.take(event)
        return answer, outcome

    return asyncio.run(reading())


def timeless(parts: list[Part]) -> list[Part]:
    return [replace(part, duration_ms=None) if isinstance(part, ToolResult) else part for part in parts]


def kinds(parts: list[Part]) -> list[str]:
    return [kind for kind, _ in groupby(part.type for part in parts)]


@MODEST
@given(st.sampled_from(ANSWER_CASES), st.data())
def test_an_answer_reads_the_same_wherever_its_bytes_are_split(case: AnswerCase, data: st.DataObject) -> None:
    places = sorted(data.draw(st.sets(st.integers(1, len(case.body) - 1), max_size=12)))
    pieces = [case.body[start:end] for start, end in zip([0, *places], [*places, len(case.body)], strict=True)]
    whole, cut = read([case.body]), read(pieces)
    assert (timeless(whole[0].parts), whole[1]) == (timeless(cut[0].parts), cut[1])


@pytest.mark.parametrize("case", ANSWER_CASES, ids=repr)
def test_each_answer_case_is_read_as_expected(case: AnswerCase) -> None:
    answer, _ = read([case.body])
    assert answer.content == case.text
    assert kinds(answer.parts) == [kind for kind in case.kinds if kind != "error"]


@pytest.mark.parametrize(("case", "arguments"), files_and_tools.ARGUMENTS.items(), ids=str)
def test_tool_arguments_are_kept_in_every_form(case: AnswerCase, arguments: str) -> None:
    [call] = [part for part in read([case.body])[0].parts if isinstance(part, ToolCall)]
    assert call.arguments == arguments


@pytest.mark.parametrize(("case", "output"), files_and_tools.OUTPUTS.items(), ids=str)
def test_the_output_of_a_tool_becomes_text(case: AnswerCase, output: str) -> None:
    [result] = [part for part in read([case.body])[0].parts if isinstance(part, ToolResult)]
    assert result.output == output


def test_every_format_that_has_a_folder_is_in_the_registry() -> None:
    folders = {path.parent.name for path in Path(formats.__path__[0]).glob("*/reader.py")}
    registered = [inspect.getfile(wire_format.reader) for wire_format in WIRE_FORMATS]
    assert {Path(file).parent.name for file in registered} == folders - {"custom"}
    assert len(registered) == len(set(registered))


def test_a_setting_chooses_each_format_in_which_an_agent_is_asked() -> None:
    address = {"AGENT_URL": "https://agent.example/invocations"}
    for name in REQUEST_FORMATS:
        assert load({**address, "AGENT_FORMAT": name}).agent_format == name
    with pytest.raises(NotConfigured):
        load({**address, "AGENT_FORMAT": "anthropic"})
