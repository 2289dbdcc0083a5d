"""Routes for a user's standing instructions."""

from lib.api.dependencies import Chats
from lib.api.instructions_schemas import InstructionsSchema
from lib.api.openapi import new_router

router = new_router("instructions")


@router.get("/instructions")
def read(chats: Chats) -> InstructionsSchema:
    """Your standing instructions, which the agents are sent with every question of yours; empty if you have none."""
    return InstructionsSchema(instructions=chats.read_instructions())


@router.put("/instructions")
def save(body: InstructionsSchema, chats: Chats) -> InstructionsSchema:
    """Replace them; empty ones remove them. Returns them as they are kept."""
    return InstructionsSchema(instructions=chats.save_instructions(body.instructions))
