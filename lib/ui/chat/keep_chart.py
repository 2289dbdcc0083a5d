"""Keeps the chart that the owner of an answer chooses, so that they and their readers find it again."""

from contextlib import suppress
from functools import partial

from lib.errors import DatabaseUnavailable
from lib.store.models import Chat, Message
from lib.tables.charts import Chart
from lib.ui.answer.kept_chart import NO_KEPT_CHART, KeptChart
from lib.ui.chat.excerpt import is_own
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors


def kept_chart_of(context: PageContext, chat: Chat, answer: Message) -> KeptChart:
    """What readers choose is theirs, and ends with their session."""
    return KeptChart(answer.chart, partial(_keep, context, answer) if is_own(chat) else NO_KEPT_CHART.keep)


def _keep(context: PageContext, answer: Message, chart: Chart | None) -> None:
    """While the database is away the choice lasts as long as the session."""
    with show_errors(), suppress(DatabaseUnavailable):
        context.store.keep_chart(answer.chat_id, answer.id, chart)
