"""Databricks' Genie API over the demo data: spaces, conversations, their messages, and what people say of them."""

import time
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.demo.genie import genie_answer
from local.workspace.errors import ApiError
from local.workspace.faults import Faults
from local.workspace.genie_messages import DONE, Conversation, Message, Script, message_as_json
from local.workspace.statements import query_result
from local.workspace.tokens import GENIE, Tokens

Json = dict[str, Any]

SPACE = "01f0c3a5b1d21e4f8a7b6c5d4e3f2a10"
SPACES = {SPACE: ("Outdoor shop", "Orders, customers and products of a made-up outdoor-goods shop.")}
WAREHOUSE = "1234567890abcdef"
_MESSAGES = "/api/2.0/genie/spaces/{space}/conversations/{conversation}/messages"


class Genie:
    """`denied` may not use any space. `next` are the scripts of the next messages."""

    def __init__(self, tokens: Tokens, faults: Faults) -> None:
        self.spaces = dict(SPACES)
        self.denied: set[str] = set()
        self.next: list[Script] = []
        self.conversations: dict[str, Conversation] = {}
        self._tokens = tokens
        self._faults = faults
        message = f"{_MESSAGES}/{{message}}"
        self.routes = [
            Route("/api/2.0/genie/spaces/{space}", self.space),
            Route("/api/2.0/genie/spaces/{space}/start-conversation", self.start, methods=["POST"]),
            Route(_MESSAGES, self.create, methods=["POST"]),
            Route(_MESSAGES, self.list),
            Route(message, self.get),
            Route(f"{message}/feedback", self.rate, methods=["POST"]),
            Route(f"{message}/attachments/{{attachment}}/query-result", self.result),
        ]

    def reset(self) -> None:
        """As it was at the beginning."""
        self.spaces = dict(SPACES)
        self.denied.clear()
        self.next.clear()
        self.conversations.clear()

    async def space(self, request: Request) -> Response:
        id, _ = self._permitted(request)
        title, description = self.spaces[id]
        return JSONResponse({"space_id": id, "title": title, "description": description, "warehouse_id": WAREHOUSE})

    async def start(self, request: Request) -> Response:
        await self._faults.meet(self._faults.genie)
        space, caller = self._permitted(request)
        id = uuid4().hex
        self.conversations[id] = conversation = Conversation(space, caller)
        message = await self._asked(request, conversation)
        about = {"id": id, "conversation_id": id, "space_id": space, "title": message.content}
        said = message_as_json(space, id, message)
        return JSONResponse({"conversation_id": id, "message_id": message.id, "conversation": about, "message": said})

    async def create(self, request: Request) -> Response:
        await self._faults.meet(self._faults.genie)
        conversation = self._conversation(request)
        if any(message.status not in DONE for message in conversation.messages):
            raise ApiError(409, "The conversation has a message that is being processed.", "RESOURCE_CONFLICT")
        message = await self._asked(request, conversation)
        return JSONResponse(message_as_json(conversation.space, request.path_params["conversation"], message))

    async def list(self, request: Request) -> Response:
        """Pages of the newest first."""
        await self._faults.meet(self._faults.genie_looks)
        conversation = self._conversation(request)
        size, first = int(request.query_params.get("page_size", 20)), int(request.query_params.get("page_token") or 0)
        newest_first = list(reversed(conversation.messages))
        page: Json = {"messages": [self._as_json(request, each) for each in newest_first[first : first + size]]}
        if first + size < len(newest_first):
            page["next_page_token"] = str(first + size)
        return JSONResponse(page)

    async def get(self, request: Request) -> Response:
        await self._faults.meet(self._faults.genie_looks)
        message = self._message(request)
        if message.status not in (*DONE, message.script.status):
            step = next(message.steps)
            message.status = message.script.status if step == "COMPLETED" else step
        return JSONResponse(self._as_json(request, message))

    async def result(self, request: Request) -> Response:
        await self._faults.meet(self._faults.genie_results)
        message = self._message(request)
        if message.status == "QUERY_RESULT_EXPIRED":
            raise ApiError(404, "The query result has expired.")
        script = message.script
        state = script.states[min(message.result_looks, len(script.states) - 1)]
        message.result_looks += 1
        error = script.statement_error if state == "FAILED" else None
        return JSONResponse(query_result(message.answer, state, error, is_typed=script.is_typed))

    async def rate(self, request: Request) -> Response:
        await self._faults.meet(self._faults.genie_feedback)
        message, body = self._message(request), await request.json()
        if body.get("rating") not in ("POSITIVE", "NEGATIVE", "NONE"):
            raise ApiError(400, "Field 'rating' must be one of POSITIVE, NEGATIVE, NONE.", "INVALID_PARAMETER_VALUE")
        message.feedback = {name: body[name] for name in ("rating", "comment") if body.get(name)}
        return JSONResponse({})

    async def _asked(self, request: Request, conversation: Conversation) -> Message:
        content = (await request.json()).get("content")
        if not isinstance(content, str) or not content.strip():
            raise ApiError(400, "Field 'content' is required.", "INVALID_PARAMETER_VALUE")
        asked = [message.content for message in conversation.messages if message.status == "COMPLETED"]
        script = self.next.pop(0) if self.next else Script()
        answer = script.answer or genie_answer([*asked, content])
        message = Message(uuid4().hex, content, answer, script, time.time_ns() // 1_000_000)
        conversation.messages.append(message)
        return message

    def _permitted(self, request: Request) -> tuple[str, str]:
        """The space and the caller, who may use it."""
        caller, space = self._tokens.caller(request, GENIE), request.path_params["space"]
        if space not in self.spaces:
            problem = f"Unable to get space [{space}]. Node with resource name datarooms/{space} does not exist."
            raise ApiError(404, problem)
        if caller in self.denied:
            raise ApiError(403, f'You need "Can View" permission to perform this action on space {space}.')
        return space, caller

    def _conversation(self, request: Request) -> Conversation:
        _, caller = self._permitted(request)
        id = request.path_params["conversation"]
        conversation = self.conversations.get(id)
        if conversation is None or conversation.owner != caller:
            raise ApiError(404, f"Conversation {id} does not exist.")
        return conversation

    def _message(self, request: Request) -> Message:
        id = request.path_params["message"]
        for message in self._conversation(request).messages:
            if message.id == id:
                return message
        raise ApiError(404, f"Message {id} does not exist.")

    def _as_json(self, request: Request, message: Message) -> Json:
        return message_as_json(request.path_params["space"], request.path_params["conversation"], message)
