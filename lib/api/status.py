"""How the app is, and who the caller is to it."""

from lib.api.common import router
from lib.api.shapes import AgentsShape, HealthShape, LakebaseShape, SessionShape
from lib.api.shaping import lakebase_shape, session_shape
from lib.api.visit import Process, Visitor

status = router("status")


@status.get("/health")
def health() -> HealthShape:
    """The process lives; nothing else is asked, and nobody needs to be signed in."""
    return HealthShape()


@status.get("/health/lakebase")
def health_lakebase(_user: Visitor, process: Process) -> LakebaseShape:
    """Where chats are kept now, since when, why if they are not saved, and how far the schema is."""
    return lakebase_shape(process)


@status.get("/session")
def session(user: Visitor) -> SessionShape:
    return session_shape(user)


@status.get("/agents")
def agents(_user: Visitor, process: Process) -> AgentsShape:
    """By the names that `POST /api/chat` takes, the default first."""
    return AgentsShape(data=list(process.agents.names))
