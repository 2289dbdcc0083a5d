"""The request of `POST /v1/responses`, and the question that it asks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field

from lib.api.question_files import FILE_TYPES, added, files_in
from lib.api.responses.idempotency import earlier_attempt, idempotency_key, new_chat_id_for, question_id_for
from lib.chat.conversation import first_answer_id, question_text
from lib.chat.turn import Question
from lib.errors import BadInput, ChatBusy, NotFound
from lib.identity import User
from lib.messages.parts import ContextMessage, Text
from lib.store.files import Attachment
from lib.store.models import Message
from lib.store.store import Store

TEXT_TYPES = ("input_text", "output_text", "text")
REFUSED = {
    "tools": "The agent has its own tools; it cannot be given others.",
    "prompt": "There are no prompt templates here. Give the question as `input`.",
}
ROLES: Mapping[str, Literal["system", "user", "assistant"]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}


class UnknownModel(NotFound):
    code = "model_not_found"
    param = "model"


class ConversationReference(BaseModel):
    id: str


class InputItem(BaseModel):
    """A message, or anything else that an earlier response held; only messages are looked at."""

    model_config = ConfigDict(extra="allow")

    type: str | None = "message"
    id: str | None = None
    role: str | None = None
    content: str | list[dict[str, Any]] | None = None

    approval_request_id: str | None = None
    approve: bool | None = None
    reason: str | None = None

    @property
    def is_question(self) -> bool:
        return self.role == "user" and self.type in (None, "message")


class CreateResponse(BaseModel):
    """Of `input` the last user message is the question; earlier ones count only where nothing is stored (Ephemeral).

    What is not described here is taken and has no effect: how the agent answers is the agent's own affair.
    """

    model_config = ConfigDict(extra="allow")

    input: str | list[InputItem]
    model: str | None = Field(default=None, description="The name of an agent; the default if left out")
    stream: bool | None = False
    background: bool | None = Field(default=False, description="Return at once, without waiting for the answer")
    conversation: str | ConversationReference | None = Field(
        default=None, description="A chat's id. A new chat begins without one, and for an id that is not in use."
    )
    previous_response_id: str | None = Field(default=None, description="The answer that the question follows")
    metadata: dict[str, Any] | None = Field(
        default=None, description="`question_id` becomes the question's id; nothing else is kept"
    )
    time_zone: str | None = Field(default=None, description="Yours, as an IANA name, for `SEND_DATE`")
    store: bool | None = Field(default=None, description="False is refused: every turn is kept")
    tools: list[Any] | None = None
    prompt: Any = None
    text: dict[str, Any] | None = None

    def question(self, user: User, chats: Store, headers: Mapping[str, str], *, is_ephemeral: bool) -> Question:
        """Raises BadInput for what cannot be honoured, and what looking up `previous_response_id` raises."""
        self._refuse()
        place, asked = self._last_question()
        text = question_text(_question_in(asked.content or ""), has_files=bool(files_in(asked.content)))
        previous = self._previous(chats)
        chat_id = self.chat_id(previous)
        key = idempotency_key(self.metadata, headers, asked.id)
        question_id = question_id_for(key, user) if key else uuid4()
        new_chat_id = new_chat_id_for(question_id)
        follows = previous.id if previous else None
        if not key and (earlier := earlier_attempt(chats, headers, chat_id, text)):
            question_id, new_chat_id, follows = earlier.id, earlier.chat_id, None
        return Question(
            chat_id=chat_id or new_chat_id,
            question_id=question_id,
            turn_id=first_answer_id(question_id),
            text=text,
            agent=self.model or None,
            earlier=list(self._earlier(place)) if is_ephemeral else (),
            is_new_chat=chat_id is None,
            follows=follows,
            attachments=self._added(chats, question_id, asked),
            time_zone=self.time_zone,
        )

    def _added(self, chats: Store, question_id: UUID, asked: InputItem) -> list[Attachment]:
        try:
            return added(chats, question_id, files_in(asked.content))
        except BadInput as error:
            raise BadInput(str(error), param="input") from error

    def _refuse(self) -> None:
        if self.store is False:
            raise BadInput("Every turn is kept here, so `store` cannot be false. Leave it out.", param="store")
        for name, why in REFUSED.items():
            if getattr(self, name):
                raise BadInput(why, param=name)
        form = (self.text or {}).get("format")
        if isinstance(form, dict) and form.get("type", "text") != "text":
            raise BadInput("The agent answers in text; no other format can be asked for.", param="text.format")

    def _last_question(self) -> tuple[int, InputItem]:
        items = self.items
        for place in range(len(items) - 1, -1, -1):
            if items[place].is_question:
                return place, items[place]
        raise BadInput("There is no user message in `input`.", param="input")

    @property
    def items(self) -> Sequence[InputItem]:
        return [InputItem(role="user", content=self.input)] if isinstance(self.input, str) else self.input

    def _earlier(self, before: int) -> Iterator[ContextMessage]:
        for item in self.items[:before]:
            if item.type in (None, "message") and (role := ROLES.get(item.role or "")):
                text = item.content if isinstance(item.content, str) else _texts_in(item.content or ())
                if text:
                    yield ContextMessage(role, [Text(text)])

    def _previous(self, chats: Store) -> Message | None:
        if not self.previous_response_id:
            return None
        answer_id = as_uuid(self.previous_response_id, "previous_response_id")
        message = chats.get_message(answer_id)
        if message is None and chats.find_turn(answer_id):
            raise ChatBusy
        if message is None or message.role != "assistant":
            raise NotFound("There is no such response to go on from.", param="previous_response_id")
        return message

    def chat_id(self, previous: Message | None) -> UUID | None:
        given = self.conversation.id if isinstance(self.conversation, ConversationReference) else self.conversation
        chat_id = as_uuid(given, "conversation") if given else None
        if previous and chat_id and previous.chat_id != chat_id:
            raise BadInput("previous_response_id is no response of this conversation.", param="previous_response_id")
        return previous.chat_id if previous else chat_id


def as_uuid(text: str, param: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(f"{param} is not an id of this app: its ids are UUIDs.", param=param) from None


def _question_in(content: str | Sequence[Mapping[str, Any]]) -> str:
    if isinstance(content, str):
        return content
    for part in content:
        is_text = part.get("type") in TEXT_TYPES and isinstance(part.get("text"), str)
        if not is_text and part.get("type") not in FILE_TYPES:
            raise BadInput(
                f"A question is text and files: a part of type {str(part.get('type'))[:40]} cannot be asked.",
                param="input",
            )
    return _texts_in(content)


def _texts_in(parts: Sequence[Mapping[str, Any]]) -> str:
    return "\n\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))
