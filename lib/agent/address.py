"""An agent by its full address: on Databricks Apps, or any OpenAI-compatible server."""

from typing import Literal
from urllib.parse import urlsplit

from lib.agent.ask import Ask
from lib.agent.body import Dialect, Notice, body
from lib.agent.refusals import Refused
from lib.agent.signin import Signin
from lib.agent.transport import Post, Transport
from lib.identity import AskedAs, User

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
    """`api_key` wins over any sign-in of Databricks."""

    def __init__(self, url: str, api_key: str | None, model: str | None, place: Place, signin: Signin) -> None:
        self.name = model or urlsplit(url).hostname or url
        self._url = url
        self._api_key = api_key
        self._place = place
        self._signin = signin
        is_chat = urlsplit(url).path.rstrip("/").endswith("/completions")
        self._dialect = Dialect(
            "chat" if is_chat else "responses", takes_context=place == "app", model=model, wants_usage=is_chat
        )

    async def post(self, ask: Ask, transport: Transport, notice: Notice) -> Post:
        token = self._persons_token(ask.user)
        headers = await self._headers(ask.user, token)
        asked_as = self.asked_as(ask.user)
        signed_in_as: AskedAs = "app" if self._place == "app" else asked_as
        return Post(self._url, body(ask, self._dialect, notice), headers, asked_as, signed_in_as)

    def asked_as(self, user: User) -> AskedAs:
        """An agent on Databricks Apps is handed the person's token, and acts for them with it as it sees fit."""
        return "user" if self._persons_token(user) else "app"

    def learn(self, refusal: Refused) -> bool:
        return False

    def _persons_token(self, user: User) -> str | None:
        """What of theirs goes with the question; never to anybody but Databricks. Raises AgentFailed."""
        if self._place == "elsewhere" or (self._place == "workspace" and self._api_key):
            return None
        return self._signin.user_token(user)

    async def _headers(self, user: User, token: str | None) -> dict[str, str]:
        return {**await self._authorization(token), **(_for_app(user, token) if self._place == "app" else {})}

    async def _authorization(self, token: str | None) -> dict[str, str]:
        if self._api_key:
            return {"Authorization": f"Bearer {self._api_key}"}
        if self._place == "workspace" and token:
            return {"Authorization": f"Bearer {token}"}
        return {} if self._place == "elsewhere" else await self._signin.app_headers()


def _for_app(user: User, token: str | None) -> dict[str, str]:
    """An app in front of an app: this one signs in as itself, and hands on whom it asks for."""
    return {
        "x-mlflow-return-trace-id": "true",
        "x-app-user-email": user.email or user.id,
        **({"x-forwarded-access-token": token} if token else {}),
    }


def _is_in(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
