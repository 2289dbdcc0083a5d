"""The date and the time zone that agents are told, in every way to ask by REST."""

from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from lib.chat.date_line import WEEKDAYS
from lib.runtime import Runtime
from local.workspace import Workspace
from tests.integration.rest_client import Client, assert_error, chat_of
from tests.integration.test_instructions import sent

ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago")
"""Where it is never the same day."""


@pytest.fixture
def sending(platform: dict[str, str], request: pytest.FixtureRequest) -> Runtime:
    platform |= {"SEND_DATE": getattr(request, "param", "day"), "SYSTEM_PROMPT": "Be exact."}
    made: Runtime = request.getfixturevalue("runtime")
    return made


def day_in(zone: str) -> str:
    now = datetime.now(ZoneInfo(zone))
    return f"{WEEKDAYS[now.weekday()]}, {now.date()}"


def test_each_way_to_ask_tells_the_date_of_whoever_asks_at_the_end_of_the_one_system_message(
    sending: Runtime, ann: Client, workspace: Workspace
) -> None:
    ann.http.put("/instructions", json={"instructions": "Be brief."})
    chat_id = str(uuid4())
    for zone in ZONES:
        chat_of(ann.http.post("/chat", json={**asking(chat_id), "timeZone": zone}))
        told = f"Today is {day_in(zone)}, in the person's time zone, {zone} (UTC{offset(zone)})."
        assert sent(workspace) == [(0, f"Be exact.\n\nBe brief.\n\n{told}")]
    answer = ann.get(f"/messages/{chat_id}").json()["data"][-1]
    for path, body in (
        (f"/chat/{chat_id}/regenerate", {"messageId": answer["id"], "timeZone": ZONES[0]}),
        ("/v1/responses", {"input": "And customers?", "conversation": chat_id, "time_zone": ZONES[0]}),
    ):
        assert ann.http.post(path, json=body).status_code == 200
        assert day_in(ZONES[0]) in sent(workspace)[0][1], path
    chat_of(ann.ask(chat_id=chat_id))
    day = day_in("UTC")
    assert sent(workspace) == [
        (0, f"Be exact.\n\nBe brief.\n\nToday is {day}, in UTC: the person's time zone is not known.")
    ]
    for path in (f"/messages/{chat_id}", f"/chat/{chat_id}/export", "/search?q=Kiritimati"):
        assert "Today is" not in ann.get(path).text and "Kiritimati" not in ann.get(path).text, "nobody has said it"


def test_what_is_no_time_zone_is_refused_before_anything_is_kept(sending: Runtime, ann: Client) -> None:
    chat_id = str(uuid4())
    refused = ann.http.post("/chat", json={**asking(chat_id), "timeZone": "Mars/Base"})
    assert_error(refused, 400, "bad_input")
    assert "'Mars/Base': give an IANA name such as Europe/Berlin" in refused.json()["error"]
    assert ann.get(f"/chat/{chat_id}").status_code == 404
    assert ann.http.post("/chat", json={**asking(chat_id), "timeZone": "x" * 101}).status_code == 422
    refused = ann.http.post("/v1/responses", json={"input": "Hello", "time_zone": "../UTC"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "time_zone")


@pytest.mark.parametrize("sending", ["minute", "off"], indirect=True)
def test_the_time_is_told_to_the_minute_or_nothing_as_the_setting_says(
    sending: Runtime, ann: Client, workspace: Workspace
) -> None:
    before = datetime.now(UTC)
    chat_of(ann.http.post("/chat", json={**asking(str(uuid4())), "timeZone": "UTC"}))
    [(_, told)] = sent(workspace)
    if sending.settings.send_date == "off":
        assert told == "Be exact."
    else:
        times = {before, datetime.now(UTC)}
        assert any(f"\n\nIt is {time:%H:%M} on {WEEKDAYS[time.weekday()]}, {time.date()}, in" in told for time in times)


def asking(chat_id: str) -> dict[str, object]:
    return {"id": chat_id, "messages": [{"role": "user", "content": "How many orders are there?"}]}


def offset(zone: str) -> str:
    return datetime.now(ZoneInfo(zone)).isoformat()[-6:]
