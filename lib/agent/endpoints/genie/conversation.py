"""Decides which conversation in Genie a question goes on with.

A chat has branches, and a conversation in Genie has none. It is gone on with only if the last answer that was given
there belongs to the branch of the question, or is another one to the same question. Otherwise Genie would take into
account what this branch does not have: then, or if the conversation is gone, a new one begins.
"""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from urllib.parse import quote

from lib.agent.endpoints.genie.api import GenieApi, Json
from lib.agent.endpoints.genie.poll import DONE, UNANSWERED, poll
from lib.agent.formats.shared.values import name_of
from lib.agent.http.refusals import Refused
from lib.agent.prompt import Notify
from lib.messages.genie_id import GenieId
from lib.messages.parts import ContextMessage

STARTS_AFRESH = "Genie began a new conversation for this question: it does not know what was said before in this chat."
PAGE = 100
_MOST_PAGES = 50


async def to_go_on_with(
    api: GenieApi, question: ContextMessage, content: str, space: str, notify: Notify
) -> GenieId | None:
    """The last answer in the conversation that the question goes on with; None if it begins a new one.

    `content` is what Genie will be asked.
    """
    given = [id for id in map(GenieId.read, question.genie_ids) if id and id.space == space]
    if given and await _goes_on(
        api, [id for id in given if id.conversation == given[-1].conversation], content, notify
    ):
        return given[-1]
    if question.genie_ids or any(message.role == "assistant" for message in api.prompt.conversation):
        notify(STARTS_AFRESH)
    return None


async def _goes_on(api: GenieApi, given: Sequence[GenieId], content: str, notify: Notify) -> bool:
    """Whether the last answer in the conversation of these answers, but those to the same question, is one of them."""
    try:
        # A question that got no answer says nothing of what follows it.
        said = [each for each in await _messages(api, given[-1]) if each.get("status") not in UNANSWERED]
    except Refused as refusal:
        if refusal.status in (403, 404) and not refusal.is_stale_user_token and not refusal.missing_scope:
            return False
        raise
    newest_first = sorted(said, key=_created_at, reverse=True)
    known = {id.message for id in given}
    last = next((each for each in newest_first if _id_of(each) in known or each.get("content") != content), None)
    if last is not None and _id_of(last) not in known:
        return False
    # Genie may still be working on a question whose answer was stopped here, and takes one question after the other.
    if newest_first and newest_first[0].get("status") not in DONE:
        async with aclosing(poll(api, replace(given[-1], message=_id_of(newest_first[0])), notify)) as polled:
            async for _ in polled:
                pass
    return True


async def _messages(api: GenieApi, id: GenieId) -> list[Json]:
    """All of the conversation. The order in which Genie lists them is not documented."""
    messages: list[Json] = []
    query = f"page_size={PAGE}"
    for _ in range(_MOST_PAGES):
        page = await api.get(f"{id.conversation_path}/messages?{query}")
        listed = page.get("messages")
        messages += [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        token = name_of(page.get("next_page_token"))
        if not token:
            break
        query = f"page_size={PAGE}&page_token={quote(token, safe='')}"
    return messages


def _id_of(message: Json) -> str:
    return name_of(message.get("message_id")) or name_of(message.get("id"))


def _created_at(message: Json) -> int:
    """Numbers of 64 bits may be texts in JSON."""
    created = name_of(message.get("created_timestamp"))
    return int(created) if created.isdecimal() else 0
