"""Routes for votes on answers."""

from uuid import UUID

from lib.api.dependencies import Chats, must_be_there, readable
from lib.api.openapi import new_router
from lib.api.schemas import DoneSchema, FeedbackSchema, FeedbacksSchema, VoteSchema

router = new_router("feedback")


@router.post("/feedback")
def vote(body: FeedbackSchema, chats: Chats) -> DoneSchema:
    """Vote on an answer that you may read. The last vote counts; null removes it."""
    must_be_there(chats.vote(body.message_id, body.is_upvoted, body.comment))
    return DoneSchema()


@router.get("/feedback/{chat_id}")
def votes(chat_id: UUID, chats: Chats) -> FeedbacksSchema:
    """Your own votes in a chat, nobody else's."""
    readable(chats, chat_id)
    return FeedbacksSchema(
        data=[
            VoteSchema(message_id=message_id, is_upvoted=vote.is_upvoted, comment=vote.comment)
            for message_id, vote in chats.votes(chat_id).items()
        ]
    )
