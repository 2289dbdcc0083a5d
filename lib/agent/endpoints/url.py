"""An agent at a URL: on Databricks Apps, in a workspace, or on any OpenAI-compatible server."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from lib.agent.endpoints.credentials import Credentials
from lib.agent.formats.registry import REQUEST_FORMATS, RESPONSES, RequestFormat, request_format_of
from lib.agent.formats.request import Dialect, request_body
from lib.agent.formats.responses.background import BackgroundResponse
from lib.agent.http import background, retry
from lib.agent.http.refusals import Refused
from lib.agent.http.transport import RETURN_TRACE, AgentRequest, Transport
from lib.agent.prompt import Notify, Prompt
from lib.config import url_agent_id
from lib.errors import AgentFailed
from lib.identity import AccessToken, AskedAs, User
from lib.profiles import Profile

APPS_DOMAINS = ("databricksapps.com",)
WORKSPACE_DOMAINS = ("cloud.databricks.com", "azuredatabricks.net", "gcp.databricks.com", "cloud.databricks.us")
SIGN_IN_GONE = "This app was restarted, and can read the rest of this answer only with your sign-in. Try again."
HostKind = Literal["app", "workspace", "external"]


def host_kind(url: str, apps_domains: tuple[str, ...] = APPS_DOMAINS) -> HostKind:
    """What runs at the URL. This decides which credentials are sent to it."""
    host = urlsplit(url).hostname or ""
    if _is_in(host, apps_domains):
        return "app"
    return "workspace" if _is_in(host, WORKSPACE_DOMAINS) else "external"


class UrlAgent:
    """It says nothing of itself.

    With an `api_key`, no Databricks credentials are used for `Authorization`.

    `request_format` None means: the format that the path of the URL implies, else Responses until the agent asks for
    another one. `background` is AGENT_BACKGROUND. "auto" asks agents on Databricks Apps for work in the background:
    MLflow's agent server ignores the field, and its long-running one reads it. Elsewhere, such as on a laptop, a server
    must say that it is the latter, because strict ones refuse the field.
    """

    profile = Profile()
    user_scopes = ()

    def __init__(
        self,
        url: str,
        kind: HostKind,
        credentials: Credentials,
        *,
        api_key: str | None,
        model: str | None,
        request_format: RequestFormat | None,
        background: str = "off",
    ) -> None:
        self.name = url_agent_id(url, model)
        self._url = url
        self._api_key = api_key
        self._model = model
        self._host_kind = kind
        self.uses_workspace = kind != "external" and api_key is None
        self._credentials = credentials
        fixed = request_format or format_of_path(url)
        self._is_format_fixed = fixed is not None
        self._format = fixed or RESPONSES
        self._takes_background = background == "on" or (background == "auto" and kind == "app")
        self._may_take_background = background == "auto" and kind == "external"

    async def look_up(self, transport: Transport) -> None:
        if self._may_take_background and await background.is_offered(self._url, transport):
            self._takes_background = True

    def messages(self, prompt: Prompt, transport: Transport, notify: Notify) -> retry.Stream:
        messages = retry.messages(self, prompt, transport, notify)
        if not self._is_for_background(prompt):
            return messages
        return background.followed(self, messages, BackgroundResponse(), prompt, transport)

    def bookmark(self, messages: Sequence[str]) -> str | None:
        place = BackgroundResponse()
        if self._takes_background:
            for raw in messages:
                place.takes(raw)
        return place.bookmark

    def resumed(self, bookmark: str, prompt: Prompt, transport: Transport, notify: Notify) -> retry.Stream:
        return background.resumed(self, bookmark, prompt, transport)

    async def cancel(self, bookmark: str, prompt: Prompt, transport: Transport) -> None:
        await background.cancel(self, bookmark, prompt, transport)

    async def request(self, prompt: Prompt, transport: Transport, notify: Notify) -> AgentRequest:
        token = self._user_token(prompt.access_token)
        headers = await self._headers(prompt.user, token)
        asked_as = self.asked_as(prompt.access_token)
        signed_in_as: AskedAs = "app" if self._host_kind == "app" else asked_as
        dialect = replace(self._dialect, in_background=self._is_for_background(prompt))
        return AgentRequest(self._url, request_body(prompt, dialect, notify), headers, asked_as, signed_in_as)

    def _is_for_background(self, prompt: Prompt) -> bool:
        return self._takes_background and self._format is RESPONSES and prompt.in_background

    async def response_request(self, response_id: str, prompt: Prompt) -> AgentRequest:
        token = prompt.access_token
        if self._host_kind == "workspace" and not self._api_key and prompt.asked_as == "user" and token is None:
            raise AgentFailed(SIGN_IN_GONE, failure="sign_in_expired")
        # To another app this one signs in as itself, and that app has begun with the user's token.
        request_token = token.value if token and self._credentials.mode != "app" else None
        headers = await self._headers(prompt.user, None if self._host_kind == "external" else request_token)
        signed_in_as: AskedAs = "user" if request_token and self._host_kind == "workspace" else "app"
        url = url_of_response(self._url, response_id)
        return AgentRequest(url, {}, headers, prompt.asked_as or signed_in_as, signed_in_as, method="GET")

    @property
    def _dialect(self) -> Dialect:
        return Dialect(
            self._format,
            takes_context=self._host_kind == "app",
            # As for a serving endpoint whose task is unknown.
            gives_trace=self._format is RESPONSES and self._host_kind == "workspace" and _is_endpoint(self._url),
            model=self._model,
            wants_usage=_path(self._url).endswith("/completions"),
        )

    def asked_as(self, token: AccessToken | None) -> AskedAs:
        """ "user" also for an agent on Databricks Apps: it gets the user's token and decides how to use it."""
        return "user" if self._user_token(token) else "app"

    def refuses_files(self, content_type: str) -> bool:
        return self._is_format_fixed and not self._dialect.takes(content_type)

    def adapt(self, request: AgentRequest, refusal: Refused) -> bool:
        # Compare with the request, not with `_format`, which another refused request may have changed meanwhile.
        wanted = refusal.wanted_format
        if not (self._is_format_fixed or wanted is None or wanted is request_format_of(request.body)):
            self._format = wanted
            return True
        if request.body.get("background") and refusal.status in (400, 422) and "background" in refusal.detail:
            self._takes_background = False
            return True
        return False

    def _user_token(self, token: AccessToken | None) -> str | None:
        """The user's token if it is to be sent, which it never is to a host outside Databricks. Raises AgentFailed."""
        if self._host_kind == "external" or (self._host_kind == "workspace" and self._api_key):
            return None
        return self._credentials.user_token(token)

    async def _headers(self, user: User, token: str | None) -> dict[str, str]:
        for_app = _headers_for_app(user, token) if self._host_kind == "app" else {}
        return {**await self._authorization(token), **RETURN_TRACE, **for_app}

    async def _authorization(self, token: str | None) -> dict[str, str]:
        if self._api_key:
            return {"Authorization": f"Bearer {self._api_key}"}
        if self._host_kind == "workspace" and token:
            return {"Authorization": f"Bearer {token}"}
        return {} if self._host_kind == "external" else await self._credentials.app_headers()


def format_of_path(url: str) -> RequestFormat | None:
    """The format that the path implies; None for paths such as `/invocations`, which agents of all formats use."""
    path = _path(url)
    return next((each for each in REQUEST_FORMATS.values() if path.endswith(each.url_endings)), None)


def url_of_response(url: str, response_id: str) -> str:
    """Where an agent has a response that was asked for at this URL."""
    parts = urlsplit(url)
    place, _, last = parts.path.rstrip("/").rpartition("/")
    responses = f"{place}/{last}" if last == "responses" else f"{place}/responses"
    return urlunsplit(parts._replace(path=f"{responses}/{response_id}"))


def _path(url: str) -> str:
    return urlsplit(url).path.rstrip("/")


def _is_endpoint(url: str) -> bool:
    return bool(re.search(r"/serving-endpoints/[^/]+/invocations\Z", _path(url)))


def _headers_for_app(user: User, token: str | None) -> dict[str, str]:
    """Headers that tell another Databricks app who asks. This app signs in as itself beside them."""
    return {
        "x-app-user-email": user.email or user.id,
        **({"x-forwarded-access-token": token} if token else {}),
    }


def _is_in(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
