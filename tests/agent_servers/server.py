"""The real agent servers, each in its own process, over the model of the tests."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from tests.server_process import packages, server_process

PLACES = {
    "mlflow": ("responses", "/mlflow/responses"),
    "long_running": ("responses", "/responses"),
    "openai_agents": ("openai_agents", "/responses"),
    "langgraph": ("langgraph", "/responses"),
    "litellm": ("litellm", "/v1/chat/completions"),
}
"""The server of each agent and the path there."""
SERVED = Path(__file__).parent / "served"
CITE = "Cite your source"
"""The question that the ResponsesAgent answers without the model."""
LITELLM = packages("litellm")
LITELLM_KEY = f"sk-{uuid4().hex}{uuid4().hex}"
CONFIGURED = """
model_list:
  - model_name: demo
    litellm_params: {{model: openai/m, api_base: "{model_url}", api_key: none}}
litellm_settings: {{num_retries: 0}}
"""


@contextmanager
def agent_servers(
    model_url: str, mlflow_url: str, postgres_dsn: str, make_folder: Callable[[str], Path]
) -> Iterator[Callable[[str], str]]:
    """Gives the URL of the agent of that name; its server is started when it is first needed."""
    environment = {
        "MODEL_URL": model_url,
        "MLFLOW_TRACKING_URI": mlflow_url,
        "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false",
        "POSTGRES_URL": postgres_dsn.replace("postgresql:", "postgresql+psycopg:"),
        # Any name: without one there is no background work.
        "LAKEBASE_INSTANCE_NAME": "tests",
        "LONG_RUNNING_ENABLE_DEBUG_KILL": "1",
    }
    urls: dict[str, str] = {}
    with ExitStack() as running:

        def url(name: str) -> str:
            app, path = PLACES[name]
            if app not in urls:
                folder = make_folder(app)
                server = _litellm(folder, model_url) if app == "litellm" else _agent_server(app, folder, environment)
                urls[app] = running.enter_context(server)
            return urls[app] + path

        yield url


@contextmanager
def _agent_server(name: str, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The URL of the server whose app is in served/<name>_server.py."""
    module = ("uvicorn", f"{name}_server:app", "--host", "127.0.0.1", "--port", "0")
    sees = [SERVED, packages("agents"), packages("mlflow")]
    with server_process(*module, folder=folder, sees=sees, environment=environment) as url:
        yield url


@contextmanager
def _litellm(folder: Path, model_url: str) -> Iterator[str]:
    configured = folder / "litellm.yaml"
    configured.write_text(CONFIGURED.format(model_url=model_url))
    module = ("uvicorn", "litellm.proxy.proxy_server:app", "--host", "127.0.0.1", "--port", "0")
    sees = [LITELLM, packages("agents")]
    environment = {
        "CONFIG_FILE_PATH": str(configured),
        "LITELLM_MASTER_KEY": LITELLM_KEY,
        "LITELLM_TELEMETRY": "False",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    with server_process(*module, folder=folder, sees=sees, environment=environment) as url:
        yield url
