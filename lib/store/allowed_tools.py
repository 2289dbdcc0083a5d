"""The tools that the owner of a chat has always allowed its agent to use in it."""

from dataclasses import dataclass

from lib.errors import BadInput

MAX_ALLOWED_TOOLS = 100
MAX_NAME_CHARS = 200


@dataclass(frozen=True)
class AllowedTool:
    """`server` is where the tool is, as the agent names it; None if it names none.

    It is allowed to one `agent`: another one that answers in the chat may give the same name to another tool.
    """

    name: str
    server: str | None = None
    agent: str | None = None


def valid_tool(tool: AllowedTool) -> AllowedTool:
    """Raises BadInput for a name that is empty or too long."""
    if not tool.name or max(len(tool.name), len(tool.server or "")) > MAX_NAME_CHARS:
        raise BadInput(f"The name of a tool, and of its server, has 1 to {MAX_NAME_CHARS} characters.")
    return tool
