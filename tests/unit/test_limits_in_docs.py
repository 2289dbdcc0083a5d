"""Limits that the documents state and the code keeps are the same."""

import re
from pathlib import Path

import pytest

from lib.chat import attachments

DOCS = Path(__file__).parents[2] / "docs"
OF_ATTACHMENTS = {
    "attachments of a question": attachments.MAX_ATTACHMENTS,
    "characters of an attachment's name": attachments.MAX_NAME_CHARS,
    "characters of an attachment's type": attachments.MAX_TYPE_CHARS,
    "characters of an attachment's link": attachments.MAX_URL_CHARS,
    "bytes of a question's attachments together, as JSON": attachments.MAX_ATTACHMENTS_BYTES,
}


@pytest.mark.parametrize("document", ["api.md", "configuration.md"])
def test_the_documents_name_every_limit_of_attachments_as_it_is(document: str) -> None:
    rows = re.findall(r"^\| (.*attachment.*) \| ([\d,]+) \|$", (DOCS / document).read_text(), re.MULTILINE)
    assert {what: int(most.replace(",", "")) for what, most in rows} == OF_ATTACHMENTS
