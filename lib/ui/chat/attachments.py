"""Draws the files of a question: small images, names with sizes, and the first rows of tables.

A run reads no file. The browser fetches thumbnails and downloads by their addresses, and a table is read when its box
is opened; then the session keeps what it shows. The files of a temporary chat have no address, so their thumbnails are
made once and stand in the page.
"""

import base64
from collections.abc import Callable
from functools import partial
from html import escape
from typing import TypeVar
from uuid import UUID

import streamlit as st

from lib.attachments.images import thumbnail
from lib.attachments.kinds import IMAGES
from lib.attachments.limits import file_url
from lib.attachments.previews import TABLES, table_head
from lib.attachments.table_head import TableHead
from lib.errors import LakechatError, NoSuchFile
from lib.messages.web_url import is_web_url
from lib.store.files import Attachment
from lib.store.models import Message
from lib.store.store import Store
from lib.ui.language import _, ngettext, number_text, sentence
from lib.ui.markdown.escape import escape_label, escape_text, link
from lib.ui.page_context import PageContext

MAX_REMEMBERED = 50
"""How many tables and thumbnails a session keeps."""
Made = TypeVar("Made")


def draw_attachments(context: PageContext, message: Message) -> None:
    """Draw them below the text of the question."""
    kept = [each for each in message.attachments if "id" in each]
    named = [_named(each) for each in message.attachments if "id" not in each]
    if kept:
        st.html(f'<div class="chat-files">{"".join(_card(context, each) for each in kept)}</div>')
    if named:
        st.caption(f":material/attach_file: {' · '.join(named)}")
    if kept and context.is_temporary:
        with st.container(horizontal=True):
            for each in kept:
                _draw_download(context, each)
    for each in kept:
        if each["content_type"] in TABLES:
            _draw_table(context, message, each)


def readable_size(size_bytes: int) -> str:
    """As file managers show it."""
    if size_bytes < 1_000:
        return f"{size_bytes} B"
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1_000:.0f} kB"
    return f"{number_text(round(size_bytes / 1_000_000, 1), '0.0')} MB"


def _named(file: Attachment) -> str:
    url = file["url"] or ""
    return link(file["name"], url) if is_web_url(url) else escape_text(file["name"])


def _card(context: PageContext, file: Attachment) -> str:
    """What is shown of one file: a link to it, if it has an address."""
    name = escape(file["name"])
    source = _image_source(context, file) if file["content_type"] in IMAGES else ""
    image = f'<img src="{source}" alt="{name}" loading="lazy">' if source else ""
    body = f"{image}<span><bdi>{name}</bdi> <small>{readable_size(file['size'] or 0)}</small></span>"
    if context.is_temporary:
        return f"<div>{body}</div>"
    what = 'target="_blank" rel="noopener"' if source else f'download="{name}"'
    return f'<a href="{file_url(file["id"])}" {what}>{body}</a>'


def _image_source(context: PageContext, file: Attachment) -> str:
    if not context.is_temporary:
        return f"{file_url(file['id'])}/thumbnail"

    def made() -> str:
        try:
            picture = thumbnail(f"“{file['name']}”", _content(context.store, file), file["content_type"])
        except LakechatError:
            return ""
        return f"data:{picture.content_type};base64,{base64.b64encode(picture.content).decode()}"

    return _remembered(context, f"thumbnail-{file['id']}", made)


def _draw_download(context: PageContext, file: Attachment) -> None:
    st.download_button(
        escape_label(_("Download {name}").format(name=file["name"])),
        partial(_content, context.store, file),
        file_name=file["name"],
        mime=file["content_type"],
        key=f"file-{file['id']}",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )


def _draw_table(context: PageContext, message: Message, file: Attachment) -> None:
    key = f"file-rows-{message.id}-{file['id']}"
    label = escape_label(_("First rows of {name}").format(name=file["name"]))
    box = st.expander(label, key=key, icon=":material/table:", on_change="rerun")
    if not box.open:
        return
    with box:
        try:
            head = _remembered(context, key, lambda: _table_head(context.store, file))
        except LakechatError as error:
            st.caption(escape_label(sentence(str(error))))
            return
        rows = [dict(zip(head.columns, row, strict=True)) for row in head.rows]
        st.dataframe(rows or {name: [] for name in head.columns}, hide_index=True, key=f"{key}-table")
        st.caption(_extent(head))


def _extent(head: TableHead) -> str:
    """How many rows there are, and how many columns, each with how many of them are shown."""
    return f"{_rows(head)}, {_columns(head)}"


def _rows(head: TableHead) -> str:
    shown = len(head.rows)
    if head.row_count is None:
        return _("{shown} of more than {least} rows").format(shown=shown, least=shown)
    return _("{shown} of {count} rows").format(shown=shown, count=number_text(head.row_count))


def _columns(head: TableHead) -> str:
    shown, count = len(head.columns), number_text(head.column_count)
    if shown < head.column_count:
        return _("{count} columns, of which {shown} are shown").format(count=count, shown=shown)
    return ngettext("{count} column", "{count} columns", head.column_count, count=count)


def _table_head(store: Store, file: Attachment) -> TableHead:
    return table_head(file["name"], file["content_type"], _content(store, file))


def _content(store: Store, file: Attachment) -> bytes:
    stored = store.read_file(UUID(file["id"]))
    if stored is None:
        raise NoSuchFile
    return stored.content


def _remembered(context: PageContext, key: str, make: Callable[[], Made]) -> Made:
    """What was made once in this session, for this user."""
    shelf = st.session_state.setdefault("file-previews", {})
    place = (context.user.id, key)
    if place not in shelf:
        shelf[place] = make()
        if len(shelf) > MAX_REMEMBERED:
            del shelf[next(iter(shelf))]
    made: Made = shelf[place]
    return made
