"""Questions to start a chat with that are the user's own: those whose answers they liked."""

from collections.abc import Sequence

from lib.store.store import Store

MAX_LIKED = 2


def liked_starters(store: Store, configured: Sequence[str]) -> list[str]:
    """At most MAX_LIKED, none of which is among the configured ones; none while the database is away."""
    known = {" ".join(starter.casefold().split()) for starter in configured}
    liked = store.liked_questions(MAX_LIKED + len(configured))
    return [question for question in liked if " ".join(question.casefold().split()) not in known][:MAX_LIKED]
