"""Refuses a question whose files its agent surely does not take, before the question is stored."""

from collections.abc import Sequence

from lib.agent.endpoints.agent import Agent
from lib.agent.formats.taken_files import not_taken
from lib.attachments.for_agents import DATA_TYPES, MAX_PDF_BYTES
from lib.attachments.kinds import PDF
from lib.errors import BadInput
from lib.store.files import Attachment


def data_files(attachments: Sequence[Attachment]) -> list[Attachment]:
    """Those that an agent is given as data, and may have no form for."""
    return [each for each in attachments if "id" in each and each["content_type"] in DATA_TYPES]


def check_taken(agent: Agent, files: Sequence[Attachment]) -> None:
    """Raises BadInput for images or PDF files that the agent surely has no form for, or that surely do not fit."""
    for each in files:
        if agent.refuses_files(each["content_type"]):
            raise BadInput(not_taken(each["name"], each["content_type"]))
    # Images are made smaller if need be.
    if sum(each["size"] or 0 for each in files if each["content_type"] == PDF) > MAX_PDF_BYTES:
        most = MAX_PDF_BYTES / 1_000_000
        raise BadInput(f"An agent can be sent PDF files of {most:.1f} MB at most. Attach less, please.")
