"""Lines between the days of a chat."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from lib.db.database import Database
from lib.messages.parts import Text
from lib.store.answer_ids import new_answer_id
from lib.store.models import Ending, NewTurn
from lib.store.postgres import PostgresStore
from lib.ui.dates import day_name
from tests.app.conftest import Opened
from tests.conftest import ANN


def test_a_line_names_each_day_once_and_today_only_behind_another(opened: Opened, database: Database) -> None:
    store, noon = PostgresStore(database, ANN), datetime.now(UTC).replace(hour=12)
    of_today, old = uuid4(), uuid4()
    for chat_id, days_ago in ((of_today, 0), (old, 400), (old, 1), (old, 1), (old, 0)):
        said_at = noon - timedelta(days=days_ago)
        turn = NewTurn(new_answer_id(), chat_id, uuid4(), "So?", "Days", None, "test", said_at=said_at)
        store.start_turn(turn)
        ids = (turn.turn_id, chat_id, turn.question_id)
        store.finish_turn(Ending(*ids, "complete", [Text("Yes.")], "Yes.", None, None, 1, ended_at=said_at))
    page = opened(str(old))
    assert not page.exception
    assert len(page.chat_message) == 8
    days = [day_name((noon - timedelta(days=ago)).date(), noon.date()) for ago in (400, 1, 0)]
    assert [each.value for each in page.caption if each.value in days] == [days[0], "Yesterday", "Today"]
    assert "Today" not in [each.value for each in opened(str(of_today)).caption]
