"""The open branch of a chat as Markdown to be read, also without anything that draws it."""

import json
from collections.abc import Iterator, Sequence

from lib.export.chart_figure import chart_words
from lib.export.markdown_text import closed, escaped, fenced, link, quoted, table, verbatim
from lib.export.source import ChatSource
from lib.export.wording import (
    ENDINGS,
    NO_NAME,
    STILL_WRITTEN,
    UNKNOWN_PART,
    call_heading,
    decision,
    facts,
    shown_time,
    sources_heading,
    speaker,
    took,
)
from lib.messages.arguments import arguments_of
from lib.messages.citation_marks import marked, unmarked
from lib.messages.continuation import CONTINUE, DONE
from lib.messages.groups import Call, PartGroup, group_parts
from lib.messages.parts import (
    Approval,
    Citation,
    Error,
    File,
    FollowUp,
    Note,
    Part,
    Reasoning,
    SignIn,
    Speaker,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)
from lib.messages.sub_agents import shown_name
from lib.messages.web_url import is_web_url
from lib.store.files import Attachment
from lib.store.record_models import MessageRecord
from lib.tables.parse import parse_output
from lib.workspace import source_url


def write_markdown(source: ChatSource) -> Iterator[str]:
    yield f"# {escaped(source.chat.title)}\n\n"
    yield "".join(f"- {label}: {escaped(value)}\n" for label, value in facts(source))
    for record in source.open_branch():
        yield f"\n## {escaped(speaker(source, record))} · {shown_time(source, record.message.created_at)}\n"
        yield from (f"\n{block}\n" for block in _blocks(record) if block)
    if source.chat.running:
        yield f"\n*{STILL_WRITTEN}*\n"


def _blocks(record: MessageRecord) -> Iterator[str]:
    message = record.message
    if message.role == "user":
        yield f"*{DONE}*" if message.content == CONTINUE else verbatim(message.content)
        yield _attachments(message.attachments)
        return
    for group in group_parts(marked(message.parts)):
        yield _group(group)
    if words := chart_words(message.parts, message.chart):
        yield f"*Shown as: {escaped(words)}*"
    if ending := ENDINGS.get(message.status):
        yield f"*{ending}*"


def _group(group: PartGroup) -> str:
    if group.kind == "tools":
        return "\n\n".join(block for call in group.calls for block in _call(call, group))
    if group.kind == "citations":
        return f"{escaped(sources_heading(group))}\n\n" + "\n".join(
            f"{number}. {_source(each)}" for number, each in group.sources
        )
    return _part(group.parts[0])


def _source(citation: Citation) -> str:
    name = _named(citation.title or citation.url or NO_NAME, source_url(citation.url, citation.path))
    head = f"{name}, {escaped(citation.place)}" if citation.place else name
    return f"{head}\n\n   {quoted(escaped(citation.snippet))}\n" if citation.snippet else head


def _part(part: Part) -> str:
    match part:
        case Text(text):
            return unmarked(closed(text), lambda number: f"\\[{number}\\]")
        case Reasoning(text):
            return quoted(f"**Reasoning**\n\n{closed(text)}")
        case File(media_type, url, name):
            kind = "Image" if media_type.startswith("image/") else "File"
            return f"{kind}: {_named(name or (url if is_web_url(url) else media_type), url)}"
        case SignIn(_, text) | Note(text):
            return quoted(escaped(text))
        case Error(text):
            return quoted(f"**Error:** {escaped(text)}")
        case Unknown(data):
            return f"{UNKNOWN_PART}:\n\n{fenced(json.dumps(data, ensure_ascii=False, indent=2), 'json')}"
        case Speaker(name):
            return f"*{escaped(shown_name(name))}:*"
        case FollowUp():
            return ""  # nothing was asked
        case ToolCall() | ToolResult() | Approval() | Citation():
            return ""  # in a group


def _call(call: Call, group: PartGroup) -> Iterator[str]:
    """A summary, the arguments, what came of it."""
    tool, result, approval = call
    yield f"**{escaped(call_heading(tool, group))}**" + (f" · {time}" if (time := took(result)) else "")
    codes, rest = arguments_of(tool.arguments)
    for language, code in codes:
        yield fenced(code, language or "")
    if rest:
        yield fenced(rest, "json" if rest[0] in "{[" else "")
    if approval:
        yield quoted(escaped(decision(approval)))
    if result:
        yield _output(result.output)


def _output(output: str) -> str:
    parsed = parse_output(output)
    if isinstance(parsed, str):
        return f"Result:\n\n{fenced(parsed)}"
    more = f" (the first {len(parsed.rows):,} of {parsed.total:,} rows)" if parsed.total > len(parsed.rows) else ""
    return f"Result{more}:\n\n{table(parsed.columns, parsed.rows)}"


def _attachments(attachments: Sequence[Attachment]) -> str:
    names = " · ".join(_named(each["name"], each["url"] or "") for each in attachments)
    return f"Attachments: {names}" if names else ""


def _named(name: str, url: str) -> str:
    return link(name, url) if is_web_url(url) else escaped(name)
