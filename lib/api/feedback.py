"""What users think of answers."""

from uuid import UUID

from lib.api.common import router
from lib.api.shapes import DoneShape, FeedbackShape, FeedbacksShape, VoteShape
from lib.api.visit import Chats, must_be_there, readable

feedback = router("feedback")


@feedback.post("/feedback")
def vote(body: FeedbackShape, chats: Chats) -> DoneShape:
    """Your opinion of an answer that you may read; the last one counts, and null takes it back."""
    must_be_there(chats.vote(body.message_id, body.is_upvoted, body.comment))
    return DoneShape()


@feedback.get("/feedback/{chat_id}")
def votes(chat_id: UUID, chats: Chats) -> FeedbacksShape:
    """Your own votes in a chat, nobody else's."""
    readable(chats, chat_id)
    return FeedbacksShape(
        data=[
            VoteShape(message_id=message_id, is_upvoted=vote.is_upvoted, comment=vote.comment)
            for message_id, vote in chats.votes(chat_id).items()
        ]
    )
