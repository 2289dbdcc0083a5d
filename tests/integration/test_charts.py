"""The chart that is kept with an answer; each test runs over Postgres and over memory."""

from uuid import uuid4

import pytest

from lib.errors import Gone
from lib.store import edits
from lib.store.store import Store
from lib.tables.charts import Chart
from tests.integration.test_store import CHART, ann, answered, bob  # noqa: F401

# ruff: noqa: F811

LINE = Chart("line", "month", "revenue")


def test_the_chart_that_was_chosen_last_is_kept(ann: Store) -> None:
    turn = answered(ann)
    for chart in (CHART, LINE, LINE, None, None):
        assert ann.keep_chart(turn.chat_id, turn.turn_id, chart)
        question, answer = ann.list_messages(turn.chat_id)
        assert (question.chart, answer.chart) == (None, chart)
        assert ann.get_message(turn.turn_id) == answer
        assert [record.message.chart for record in ann.list_records(turn.chat_id)] == [None, chart]


def test_only_an_answer_of_the_chat_has_a_chart(ann: Store) -> None:
    turn, other = answered(ann), answered(ann)
    for message_id in (turn.question_id, other.turn_id, uuid4()):
        for chart in (CHART, None):
            assert not ann.keep_chart(turn.chat_id, message_id, chart)
    assert [message.chart for message in ann.list_messages(other.chat_id)] == [None, None]


@pytest.mark.parametrize("chart", [CHART, None])
def test_an_answer_of_a_deleted_chat_keeps_no_chart(ann: Store, chart: Chart | None) -> None:
    turn = answered(ann)
    ann.trash_chat(turn.chat_id)
    with pytest.raises(Gone):
        ann.keep_chart(turn.chat_id, turn.turn_id, chart)
    ann.delete_chat(turn.chat_id)
    with pytest.raises(Gone):
        ann.keep_chart(turn.chat_id, turn.turn_id, chart)


def test_readers_see_the_owners_chart_and_change_nothing(ann: Store, bob: Store) -> None:
    turn = answered(ann)
    ann.keep_chart(turn.chat_id, turn.turn_id, CHART)
    ann.edit_chat(turn.chat_id, edits.set_visibility("public", snapshot_id=turn.turn_id))
    assert [message.chart for message in bob.list_messages(turn.chat_id)] == [None, CHART]
    assert [record.message.chart for record in bob.list_records(turn.chat_id)] == [None, CHART]
    assert not bob.keep_chart(turn.chat_id, turn.turn_id, LINE)
    assert not bob.keep_chart(turn.chat_id, turn.turn_id, None)
    assert ann.list_messages(turn.chat_id)[-1].chart == CHART


def test_a_copy_has_the_charts_that_the_source_had(ann: Store, bob: Store) -> None:
    turn = answered(ann)
    ann.keep_chart(turn.chat_id, turn.turn_id, CHART)
    ann.edit_chat(turn.chat_id, edits.set_visibility("public"))
    for reader in (ann, bob):
        copy_id = uuid4()
        assert reader.copy_chat(turn.chat_id, copy_id)
        copied = reader.list_messages(copy_id)[-1]
        assert copied.chart == CHART
        assert reader.keep_chart(copy_id, copied.id, LINE)
    assert ann.list_messages(turn.chat_id)[-1].chart == CHART
