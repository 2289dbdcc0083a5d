"""An agent by its full address: on Databricks Apps, or any OpenAI-compatible server."""

import re
from typing import Literal
from urllib.parse import urlsplit

from lib.agent.endpoints.credentials import Signin
from lib.agent.formats.request import Dialect, Format, Notice, body, format_of
from lib.agent.http.refusals import Refused
from lib.agent.http.transport import RETURN_TRACE, Post, Transport
from lib.agent.question import Ask
from lib.identity import AccessToken, AskedAs, User

APPS_DOMAINS = ("databricksapps.com",)
WORKSPACE_DOMAINS = ("cloud.databricks.com", "azuredatabricks.net", "gcp.databricks.com", "cloud.databricks.us")
Place = Literal["app", "workspace", "elsewhere"]


def place_of(url: str, apps_domains: tuple[str, ...] = APPS_DOMAINS) -> Place:
    """Who answers there, which says what sign-in it takes."""
    host = urlsplit(url).hostname or ""
    if _is_in(host, apps_domains):
        return "app"
    return "workspace" if _is_in(host, WORKSPACE_DOMAINS) else "elsewhere"


class UrlAgent:
    """`api_key` wins over any sign-in of Databricks; `form` None: as the path tells, or else as the agent says."""

    def __init__(
        self, url: str, place: Place, signin: Signin, *, api_key: str | None, model: str | None, form: Format | None
    ) -> None:
        self.name = model or urlsplit(url).hostname or url
        self._url = url
        self._api_key = api_key
        self._model = model
        self._place = place
        self.uses_workspace = place != "elsewhere" and api_key is None
        self._signin = signin
        told = form or format_told(url)
        self._is_told = told is not None
        self._form: Format = told or "responses"

    async def post(self, ask: Ask, transport: Transport, notice: Notice) -> Post:
        token = self._persons_token(ask.access_token)
        headers = await self._headers(ask.user, token)
        asked_as = self.asked_as(ask.access_token)
        signed_in_as: AskedAs = "app" if self._place == "app" else asked_as
        return Post(self._url, body(ask, self._dialect, notice), headers, asked_as, signed_in_as)

    @property
    def _dialect(self) -> Dialect:
        return Dialect(
            self._form,
            takes_context=self._place == "app",
            # As for an endpoint that is named, of which nothing else is known.
            gives_trace=self._form == "responses" and self._place == "workspace" and _is_endpoint(self._url),
            model=self._model,
            wants_usage=_path(self._url).endswith("/completions"),
        )

    def asked_as(self, token: AccessToken | None) -> AskedAs:
        """An agent on Databricks Apps is handed the person's token, and acts for them with it as it sees fit."""
        return "user" if self._persons_token(token) else "app"

    def learn(self, post: Post, refusal: Refused) -> bool:
        wanted = refusal.wanted_format
        if self._is_told or wanted is None or wanted == format_of(post.body):
            return False
        self._form = wanted
        return True

    def _persons_token(self, token: AccessToken | None) -> str | None:
        """What of theirs goes with the question; never to anybody but Databricks. Raises AgentFailed."""
        if self._place == "elsewhere" or (self._place == "workspace" and self._api_key):
            return None
        return self._signin.user_token(token)

    async def _headers(self, user: User, token: str | None) -> dict[str, str]:
        for_app = _for_app(user, token) if self._place == "app" else {}
        return {**await self._authorization(token), **RETURN_TRACE, **for_app}

    async def _authorization(self, token: str | None) -> dict[str, str]:
        if self._api_key:
            return {"Authorization": f"Bearer {self._api_key}"}
        if self._place == "workspace" and token:
            return {"Authorization": f"Bearer {token}"}
        return {} if self._place == "elsewhere" else await self._signin.app_headers()


def format_told(url: str) -> Format | None:
    """What the path tells; agents of both kinds answer at `/invocations`."""
    path = _path(url)
    if path.endswith(("/completions", "/chat")):
        return "chat"
    return "responses" if path.endswith("/responses") else None


def _path(url: str) -> str:
    return urlsplit(url).path.rstrip("/")


def _is_endpoint(url: str) -> bool:
    return bool(re.search(r"/serving-endpoints/[^/]+/invocations\Z", _path(url)))


def _for_app(user: User, token: str | None) -> dict[str, str]:
    """An app in front of an app: this one signs in as itself, and hands on whom it asks for."""
    return {
        "x-app-user-email": user.email or user.id,
        **({"x-forwarded-access-token": token} if token else {}),
    }


def _is_in(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
