"""A Genie space as an agent: it answers questions about data with a query, its result and a few words."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from lib.agent.endpoints.agent import NeverResumed
from lib.agent.endpoints.credentials import Credentials
from lib.agent.endpoints.genie.api import NOT_JSON, GenieApi, Json
from lib.agent.endpoints.genie.conversation import to_go_on_with
from lib.agent.endpoints.genie.failures import refused, unanswered
from lib.agent.endpoints.genie.poll import UNANSWERED, poll
from lib.agent.endpoints.genie.raw_messages import Progress, begun, ended, queries
from lib.agent.endpoints.genie.results import EXPIRED, Result, result_of
from lib.agent.formats.shared.values import name_of
from lib.agent.http.refusals import Refused
from lib.agent.http.transport import Transport
from lib.agent.prompt import Notify, Prompt
from lib.errors import AgentFailed
from lib.identity import AccessToken, AskedAs
from lib.labels import clean_label
from lib.messages.files import GivenFile
from lib.messages.genie_id import GenieId
from lib.messages.parts import ContextMessage
from lib.profiles import Profile


class GenieAgent(NeverResumed):
    """Genie has no form for files other than text, and gets no instructions: a space has its own."""

    uses_workspace = True
    user_scopes = ("dashboards.genie",)

    def __init__(self, name: str, space: str, credentials: Credentials, most_bytes: int) -> None:
        """`most_bytes`: of the results in one answer."""
        self.name = name
        self.profile = Profile()
        self._space = space
        self._path = f"/api/2.0/genie/spaces/{space}"
        self._credentials = credentials
        self._most_bytes = most_bytes

    async def look_up(self, transport: Transport) -> None:
        """As the app: where it may not see the space, there is no description. Its name is that of GENIE_SPACES."""
        url = f"{await self._credentials.host()}{self._path}"
        status, data = await transport.look_up(url, await self._credentials.app_headers())
        if status == 200 and isinstance(data, dict):
            self.profile = Profile(description=clean_label(name_of(data.get("description"))))

    async def messages(self, prompt: Prompt, transport: Transport, notify: Notify) -> AsyncGenerator[str, None]:
        api = GenieApi(prompt, transport, self._credentials)
        try:
            id = await self._ask(api, notify)
            yield begun(id)
            async with aclosing(self._follow(api, id, notify)) as messages:
                async for raw in messages:
                    yield raw
        except Refused as refusal:
            raise refused(refusal) from refusal

    def asked_as(self, token: AccessToken | None) -> AskedAs:
        return "user" if self._credentials.user_token(token) else "app"

    def refuses_files(self, content_type: str) -> bool:
        return True

    async def _ask(self, api: GenieApi, notify: Notify) -> GenieId:
        question = api.prompt.conversation[-1]
        content = _content(question)
        last = await to_go_on_with(api, question, content, self._space, notify)
        path = f"{last.conversation_path}/messages" if last else f"{self._path}/start-conversation"
        asked = await api.post(path, {"content": content}, notify)
        ids = [name_of(asked.get(name)) for name in ("conversation_id", "message_id")]
        id = GenieId.read(str(GenieId(self._space, *ids)))
        if id is None:
            raise AgentFailed(NOT_JSON, failure="bad_answer")
        return id

    async def _follow(self, api: GenieApi, id: GenieId, notify: Notify) -> AsyncGenerator[str, None]:
        """The answer from here on, whoever asked the question."""
        progress = Progress()
        message: Json = {}
        async with aclosing(poll(api, id, notify)) as polled:
            async for message in polled:
                for raw in progress.new(message):
                    yield raw
        if message.get("status") in UNANSWERED:
            raise unanswered(message)
        attachments = list(queries(message))
        for attachment in attachments:
            most_bytes = self._most_bytes // len(attachments)
            is_expired = message.get("status") == "QUERY_RESULT_EXPIRED"
            result = Result({"error": EXPIRED}) if is_expired else await result_of(api, id, attachment, most_bytes)
            yield progress.result(attachment, result.output)
            # Behind the result, since a note would part it from its query.
            if result.note:
                notify(result.note)
        for raw in ended(message):
            yield raw


def _content(question: ContextMessage) -> str:
    """The question behind the text of its files."""
    texts = [file.text for file in question.files if isinstance(file, GivenFile)]
    return "\n\n".join(filter(None, (*texts, question.content)))
