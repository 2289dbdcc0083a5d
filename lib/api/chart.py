"""The route for the chart that is kept with an answer."""

from uuid import UUID

from lib.api.chart_schemas import KeepChartSchema
from lib.api.dependencies import Chats, must_own
from lib.api.openapi import new_router
from lib.api.schemas import DoneSchema
from lib.chat.another_answer import message_of
from lib.errors import NoSuchMessage, NotDrawable
from lib.messages.result import find_result
from lib.store.models import Message
from lib.tables.charts import Chart, charts_of, is_offered
from lib.tables.shown_values import shown_values
from lib.tables.vega_lite import described

MAX_NAMED = 10
"""Of the charts that a result has, in the sentence of a refusal."""
router = new_router("answers")


@router.put("/chat/{chat_id}/chart")
@router.put("/chats/{chat_id}/chart")
def keep_chart(chat_id: UUID, body: KeepChartSchema, chats: Chats) -> DoneSchema:
    """Keep which chart of its result an answer in a chat of your own shows, to you and to readers of the chat.

    422 if the result cannot be drawn as that chart. The last one counts, and repeating it changes nothing.
    """
    must_own(chats, chat_id)
    answer = message_of(chats, chat_id, body.message_id)
    chart = Chart(**dict(body.chart)) if body.chart else None
    if chart:
        _check(answer, chart)
    if not chats.keep_chart(chat_id, answer.id, chart):
        raise NoSuchMessage
    return DoneSchema()


def _check(answer: Message, chart: Chart) -> None:
    result = find_result(answer.parts)
    if result is None:
        raise NotDrawable("The message does not rest on a table, so there is nothing to draw.")
    charts = charts_of(shown_values(result.table))
    if is_offered(chart, charts):
        return
    if not charts:
        raise NotDrawable("The result of this answer can only be shown as a table.")
    names = [described(each) for of_kind in charts.values() for each in of_kind]
    more = "; and others" if len(names) > MAX_NAMED else ""
    raise NotDrawable(f"The result cannot be drawn as that chart, only as: {'; '.join(names[:MAX_NAMED])}{more}.")
