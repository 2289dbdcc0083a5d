"""How pages show an agent: by its name and its icon, or by its id if nobody has named it."""

from streamlit.string_util import is_emoji, is_material_icon

from lib.profiles import AgentFace
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import runtime

ICON, AVATAR = ":material/smart_toy:", ":material/waves:"
"""Of an agent without an icon: beside its name, and beside its answers."""


def agent_name(agent: str | None) -> str:
    """Plain text; empty where it is not known which agent it is."""
    return runtime().agents.face(agent).name if agent else ""


def agent_label(agent: str | None) -> str:
    """Icon and name, in Markdown."""
    return label_of(runtime().agents.face(agent)) if agent else ICON


def agent_avatar(agent: str | None) -> str:
    return icon_of(runtime().agents.face(agent), AVATAR) if agent else AVATAR


def label_of(face: AgentFace) -> str:
    return f"{icon_of(face)} {escape_label(face.name)}"


def icon_of(face: AgentFace, default: str = ICON) -> str:
    """The default also for one that Streamlit does not know: it would take it for the path of an image."""
    name = face.icon.removeprefix(":material/").removesuffix(":")
    return face.icon if is_emoji(face.icon) or is_material_icon(name) else default


def has_choice() -> bool:
    """Whether there are several agents."""
    return len(runtime().agents.names) > 1
