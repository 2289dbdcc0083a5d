"""Routes for votes on answers, and for questions to start with."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from lib.api.dependencies import Chats, CurrentAsker, Process, must_be_there, readable
from lib.api.feedback_schemas import FeedbackSchema, FeedbacksSchema, StarterSchema, StartersSchema, VoteSchema
from lib.api.openapi import new_router
from lib.api.schemas import DoneSchema
from lib.feedback.starters import liked_starters

router = new_router("feedback")


@router.post("/feedback")
def vote(body: FeedbackSchema, asker: CurrentAsker, chats: Chats, process: Process) -> DoneSchema:
    """Vote on an answer that you may read. The last vote counts, with its comment and tags; null removes it.

    The tags are those of the setting FEEDBACK_TAGS. A vote on an answer with a trace also goes to MLflow, where that is
    set up, and your vote on an answer that Genie gave you to Genie.
    """
    said = (body.message_id, body.is_upvoted, body.comment, body.tags or ())
    must_be_there(process.feedback.vote(chats, *said, voter=asker))
    return DoneSchema()


@router.get("/starters")
def starters(
    chats: Chats,
    process: Process,
    agent: Annotated[str | None, Query(max_length=200, description="Its id; else the default")] = None,
) -> StartersSchema:
    """Questions to start a chat with: those of the agent, then your own whose answers you liked."""
    configured = process.agents.face(agent or process.agents.names[0]).starters
    liked = liked_starters(chats, configured)
    return StartersSchema(
        data=[
            *(StarterSchema(question=question, is_liked=False) for question in configured),
            *(StarterSchema(question=question, is_liked=True) for question in liked),
        ]
    )


@router.get("/feedback/{chat_id}")
def votes(chat_id: UUID, chats: Chats, process: Process) -> FeedbacksSchema:
    """Your own votes in a chat, nobody else's."""
    readable(chats, chat_id)
    return FeedbacksSchema(
        data=[
            VoteSchema(
                message_id=message_id,
                is_upvoted=vote.is_upvoted,
                comment=vote.comment,
                tags=list(vote.tags),
                delivery=vote.delivery if process.feedback.tells(vote.receiver) else None,
            )
            for message_id, vote in chats.votes(chat_id).items()
        ]
    )
