"""Routes for the state of the app, and for who the caller is."""

from lib.api.dependencies import CurrentAsker, CurrentUser, Process
from lib.api.openapi import new_router
from lib.api.schemas import AgentsSchema, HealthSchema, LakebaseSchema, SessionSchema
from lib.api.serialise import agent_schema, lakebase_schema, session_schema

router = new_router("status")


@router.get("/health")
def health() -> HealthSchema:
    """The process lives. Nothing else is checked, and nobody needs to be signed in."""
    return HealthSchema()


@router.get("/health/lakebase")
def health_lakebase(_user: CurrentUser, process: Process) -> LakebaseSchema:
    """Where chats are kept now and since when, why they are not saved if so, and the schema's migration."""
    return lakebase_schema(process)


@router.get("/session")
async def session(asker: CurrentAsker, process: Process) -> SessionSchema:
    """Who you are, and how your questions are asked. An open page asks this to bring a token that is still valid."""
    asked_as = process.agents.asked_as(asker.access_token)
    if asked_as == "user":
        process.agents.access_tokens.keep(asker)
    return session_schema(asker, asked_as)


@router.get("/agents")
def agents(_user: CurrentUser, process: Process) -> AgentsSchema:
    """As people see them, the default first."""
    return AgentsSchema(data=list(process.agents.names), profiles=list(map(agent_schema, process.agents.faces)))
