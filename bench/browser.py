"""A browser as the server sees it: a Streamlit session over its WebSocket, without rendering."""

import time
from types import TracebackType
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from bench.stage import IDENTITY
from local.app import AppProcess

RUN_SECONDS = 120.0
MAX_FRAME_BYTES = 200_000_000
SUBPROTOCOLS = [Subprotocol("streamlit")]


def visit(app: AppProcess, path: str) -> bytes:
    """What a browser sends when somebody opens the path."""
    message = BackMsg()
    state = message.rerun_script
    state.page_name = path
    state.context_info.url = f"{app.url}/{path}"
    state.context_info.timezone = "UTC"
    sent: bytes = message.SerializeToString()
    return sent


def stream_address(app: AppProcess) -> str:
    return f"ws://127.0.0.1:{app.port}/_stcore/stream"


class Browser:
    """One tab at one path. `received_bytes` counts the payload of every frame received."""

    def __init__(self, app: AppProcess, path: str) -> None:
        self.app = app
        self._path = path
        self.received_bytes = 0

    def __enter__(self) -> Self:
        self._socket = connect(
            stream_address(self.app),
            subprotocols=SUBPROTOCOLS,
            additional_headers=IDENTITY,
            compression=None,
            max_size=MAX_FRAME_BYTES,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def run(self) -> list[ForwardMsg]:
        """Run the page's script, wait for its end, and return every message that it sent."""
        self._socket.send(visit(self.app, self._path))
        return self._until_finished()

    def _until_finished(self) -> list[ForwardMsg]:
        messages: list[ForwardMsg] = []
        deadline = time.monotonic() + RUN_SECONDS
        while True:
            frame = self._socket.recv(timeout=deadline - time.monotonic(), decode=False)
            self.received_bytes += len(frame)
            messages.append(ForwardMsg.FromString(frame))
            # A run that st.rerun ended is followed by another one.
            if (
                messages[-1].WhichOneof("type") == "script_finished"
                and messages[-1].script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
            ):
                return messages
