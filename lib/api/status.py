"""How the app is, and who the caller is to it."""

from lib.api.dependencies import CurrentUser, Process
from lib.api.openapi import new_router
from lib.api.schemas import AgentsSchema, HealthSchema, LakebaseSchema, SessionSchema
from lib.api.serialise import lakebase_schema, session_schema

router = new_router("status")


@router.get("/health")
def health() -> HealthSchema:
    """The process lives; nothing else is asked, and nobody needs to be signed in."""
    return HealthSchema()


@router.get("/health/lakebase")
def health_lakebase(_user: CurrentUser, process: Process) -> LakebaseSchema:
    """Where chats are kept now, since when, why if they are not saved, and how far the schema is."""
    return lakebase_schema(process)


@router.get("/session")
def session(user: CurrentUser) -> SessionSchema:
    return session_schema(user)


@router.get("/agents")
def agents(_user: CurrentUser, process: Process) -> AgentsSchema:
    """By the names that `POST /api/chat` takes, the default first."""
    return AgentsSchema(data=list(process.agents.names))
