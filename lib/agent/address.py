"""An agent by its full address: on Databricks Apps, or any OpenAI-compatible server."""

from typing import Literal
from urllib.parse import urlsplit

from lib.agent.ask import Ask
from lib.agent.body import Dialect, Notice, body
from lib.agent.refusals import Refused
from lib.agent.signin import Signin
from lib.agent.transport import Post, Transport

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

    async def post(self, ask: Ask, transport: Transport, notice: Notice, *, as_app: bool = False) -> Post:
        headers, as_user = await self._headers(ask, as_app=as_app)
        return Post(self._url, body(ask, self._dialect, notice), headers, as_user=as_user)

    def may_ask_as_app(self) -> bool:
        return self._signin.may_change

    def learn(self, refusal: Refused) -> bool:
        return False

    async def _headers(self, ask: Ask, *, as_app: bool) -> tuple[dict[str, str], bool]:
        """And whether the sign-in is the person's own."""
        extra = self._for_app(ask) if self._place == "app" else {}
        if self._api_key:
            return {"Authorization": f"Bearer {self._api_key}", **extra}, False
        if self._place == "elsewhere":
            return {}, False
        token = self._signin.user_token(ask.user, as_app=as_app)
        if self._place == "workspace" and token:
            return {"Authorization": f"Bearer {token}"}, True
        return {**await self._signin.app_headers(), **extra}, False

    def _for_app(self, ask: Ask) -> dict[str, str]:
        """An app in front of an app: this one signs in as itself, and hands on whom it asks for."""
        token = self._signin.user_token(ask.user)
        return {
            "x-mlflow-return-trace-id": "true",
            "x-app-user-email": ask.user.email or ask.user.id,
            **({"x-forwarded-access-token": token} if token else {}),
        }


def _is_in(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
