"""The open branch of a chat as one HTML file: it needs no network, and runs nothing."""

import json
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from lib.export.attached_files import embedded
from lib.export.chart_figure import chart_figure
from lib.export.html_style import POLICY, STYLE
from lib.export.markdown_html import IMAGE, html_of
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
from lib.tables.parse import Table, parse_output
from lib.workspace import source_url

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1 dir="auto">{title}</h1>
"""
_FOOT = "</main>\n</body>\n</html>\n"


def write_html(source: ChatSource) -> Iterator[str]:
    yield _HEAD.format(policy=escape(POLICY), title=escape(source.chat.title), style=STYLE)
    rows = "".join(f"<dt>{label}</dt><dd>{escape(value)}</dd>\n" for label, value in facts(source))
    yield f"<dl>\n{rows}</dl>\n"
    for record in source.open_branch():
        said, at = record.message, shown_time(source, record.message.created_at)
        time = f'<time datetime="{said.created_at.isoformat()}">{at}</time>'
        yield f'<article class="{said.role}">\n<h2>{escape(speaker(source, record))} {time}</h2>\n'
        yield from _blocks(source, record)
        yield "</article>\n"
    if source.chat.running:
        yield _note(STILL_WRITTEN)
    yield _FOOT


def _blocks(source: ChatSource, record: MessageRecord) -> Iterator[str]:
    message = record.message
    if message.role == "user":
        is_done = message.content == CONTINUE
        yield _note(DONE) if is_done else f'<div class="said" dir="auto">{escape(message.content)}</div>\n'
        yield _attachments(message.attachments)
        yield from embedded(source, message.attachments)
        return
    for group in group_parts(marked(message.parts)):
        yield _group(group)
    yield chart_figure(message.parts, message.chart)
    if ending := ENDINGS.get(message.status):
        yield _note(ending)


def _group(group: PartGroup) -> str:
    if group.kind == "tools":
        return "".join(_call(call, group) for call in group.calls)
    if group.kind == "citations":
        items = "".join(f"<li>{_source(each)}</li>\n" for _, each in group.sources)
        head = f'{escape(sources_heading(group))}\n<ol start="{group.sources_before + 1}">'
        return f'<div class="note">{head}\n{items}</ol></div>\n'
    return _part(group.parts[0])


def _source(citation: Citation) -> str:
    name = _named(citation.title or citation.url or NO_NAME, source_url(citation.url, citation.path))
    head = f"{name}, {escape(citation.place)}" if citation.place else name
    return head + (f"<blockquote>{escape(citation.snippet)}</blockquote>" if citation.snippet else "")


def _part(part: Part) -> str:
    match part:
        case Text(text):
            shown = unmarked(html_of(text), lambda number: f"<sup>[{number}]</sup>")
            return f'<div dir="auto">\n{shown}</div>\n'
        case Reasoning(text):
            return _folded("Reasoning", f'<div dir="auto">\n{html_of(text)}</div>')
        case File() as file:
            return _file(file)
        case SignIn(_, text) | Note(text):
            return _note(text)
        case Error(text):
            return f'<p class="error">{escape(text)}</p>\n'
        case Unknown(data):
            return _folded(UNKNOWN_PART, _code(json.dumps(data, ensure_ascii=False, indent=2)))
        case Speaker(name):
            return _note(f"{shown_name(name)}:")
        case FollowUp():
            return ""  # nothing was asked
        case ToolCall() | ToolResult() | Approval() | Citation():
            return ""  # in a group


def _file(file: File) -> str:
    if IMAGE.fullmatch(file.url):
        return f'<p><img src="{escape(file.url)}" alt="{escape(file.name or "Image")}"></p>\n'
    kind = "Image" if file.media_type.startswith("image/") else "File"
    name = file.name or (file.url if is_web_url(file.url) else file.media_type)
    return f'<p class="note">{kind}: {_named(name, file.url)}</p>\n'


def _call(call: Call, group: PartGroup) -> str:
    tool, result, approval = call
    codes, rest = arguments_of(tool.arguments)
    inside = [_code(code) for _, code in codes] + ([_code(rest)] if rest else [])
    if approval:
        inside.append(_note(decision(approval)))
    if result:
        inside.append(_output(result.output))
    return _folded(call_heading(tool, group) + (f" · {time}" if (time := took(result)) else ""), "".join(inside))


def _output(output: str) -> str:
    parsed = parse_output(output)
    return _code(parsed) if isinstance(parsed, str) else _table(parsed)


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in table.rows)
    inside = f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>"
    more = f"The first {len(table.rows):,} of {table.total:,} rows." if table.total > len(table.rows) else ""
    return f'<div class="wide" tabindex="0"><table>\n{inside}</table></div>\n' + (_note(more) if more else "")


def _cell(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    shown = "" if value is None else escape(str(value))
    return f'<td class="right">{shown}</td>' if is_number else f"<td>{shown}</td>"


def _folded(summary: str, inside: str) -> str:
    return f"<details>\n<summary>{escape(summary)}</summary>\n{inside}\n</details>\n"


def _code(text: str) -> str:
    return f"<pre><code>{escape(text)}</code></pre>\n"


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>\n'


def _attachments(attachments: Sequence[Attachment]) -> str:
    names = " · ".join(_named(each["name"], each["url"] or "") for each in attachments)
    return f'<p class="note">Attachments: {names}</p>\n' if names else ""


def _named(name: str, url: str) -> str:
    return f'<a href="{escape(url)}" rel="noreferrer">{escape(name)}</a>' if is_web_url(url) else escape(name)
