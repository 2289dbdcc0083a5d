"""The demo agent: one generator of events for a conversation, whatever wire format carries them."""

import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from local.demo import answer, essay, figures, files, intents
from local.demo.data import MAX_ROWS, SALES_VIEW, QueryRefused, Result, Warehouse, shared_warehouse
from local.demo.events import Decision, End, Event, Message, Source, TextDelta, ToolCall, ToolResult
from local.demo.files import ReceivedFile
from local.demo.mail import send_report
from local.demo.question import Question, read_question
from local.demo.speech import say
from local.demo.sql import sql_for

COLUMNS_SQL = """SELECT table_name, column_name, data_type
  FROM information_schema.columns
 ORDER BY table_name, ordinal_position"""

ABOUT_VIEW = "`sales` is a view that joins the others"


@dataclass(frozen=True)
class DemoAgent:
    """Stateless: everything it knows of a conversation is in the messages of the request.

    Its data are those of `days_later` days after the last day of the files.
    """

    days_later: int = 0

    @property
    def warehouse(self) -> Warehouse:
        return shared_warehouse(self.days_later)

    def answer(self, messages: Sequence[Message]) -> Iterator[Event]:
        """Yield tool calls and results as they happen, then the text word by word, then exactly one End."""
        questions = [message for message in messages if message.role == "user"]
        asked = [message.text for message in questions] or [""]
        received = _files_in_question(questions)
        decision = messages[-1].decision if messages else None
        said: list[str] = []
        for event in say(files.describe(received)) if received else self._reply(asked, decision):
            said += [event.text] if isinstance(event, TextDelta) else []
            yield event
        follow_ups = () if received else self.follow_ups(asked)
        sources = () if received else _sources("".join(said))
        yield End(sum(len(message.text.split()) for message in messages), len(said), follow_ups, sources)

    def _reply(self, asked: list[str], decision: Decision | None) -> Iterator[Event]:
        text = asked[-1].strip()
        if intents.has(intents.SEND, text):
            yield from send_report(text, decision)
        elif intents.has(intents.UNSURE, text):
            yield from say(intents.CHOICE)
        elif not text or intents.has(intents.GREETING, text):
            yield from say(intents.INTRODUCTION)
        elif intents.has(intents.THANKS, text):
            yield from say("You are welcome. What shall I look up next?")
        elif intents.is_about_memory(text):
            yield from say(intents.recall(asked))
        elif sql := intents.typed_sql(text):
            yield from self._typed_sql(sql)
        elif intents.has(intents.SHOW_SQL, text):
            yield from say(self._last_sql(asked[:-1]))
        elif intents.has(intents.LONG, text):
            yield from self._essay()
        else:
            yield from self._look_up(asked)

    def _look_up(self, asked: list[str]) -> Iterator[Event]:
        text = asked[-1]
        missing = [what for words, what in intents.MISSING.items() if intents.has(words, text)]
        question = self._read(text)
        previous = self._previous(asked[:-1])
        if missing:
            yield from say(f"The data says nothing about {missing[0]}. {intents.INSTEAD}")
        elif question and (previous or question.stands_alone or not question.follows_up):
            yield from self._data(question.after(previous), text)
        elif question:
            yield from say(intents.LONELY)
        elif intents.has(intents.TABLES, text) or intents.has(figures.DIAGRAM, text):
            yield from self._tables(text)
        else:
            yield from say(intents.NOT_UNDERSTOOD)

    def follow_ups(self, asked: list[str]) -> tuple[str, ...]:
        """Questions that this agent understands, and has not just answered."""
        question = self._read(asked[-1])
        if (
            not question
            or intents.has(intents.SEND, asked[-1])
            or any(intents.has(words, asked[-1]) for words in intents.MISSING)
        ):
            return ()
        if not (answered := self._previous(asked)) or not answered.measure:
            return ()
        others = [name for name in ("region", "month", "category") if name != answered.dimension]
        return (*(f"And by {name}?" for name in others[:2]), "Show me the SQL")

    def _previous(self, asked: list[str]) -> Question | None:
        """The last question about the data, completed from the questions before it."""
        previous: Question | None = None
        for text in asked:
            question = self._read(text)
            previous = question.after(previous) if question else previous
        return previous

    def _read(self, text: str) -> Question | None:
        """None for a message that asks nothing of the data."""
        if intents.typed_sql(text) or intents.has(intents.SHOW_SQL, text) or intents.is_about_memory(text):
            return None
        if intents.has(intents.UNSURE, text):
            return None
        question = read_question(text, self.warehouse.values, self.warehouse.last_day)
        is_about_tables = intents.has(intents.TABLES, text) and not question.measure
        return question if question.says_something and not is_about_tables else None

    def _data(self, question: Question, text: str) -> Iterator[Event]:
        result = yield from self._run(sql_for(question))
        if result:
            yield from say(answer.describe(question, result, self.warehouse.last_day))
        if result and intents.has(figures.CHART, text):
            in_plotly = intents.has(figures.PLOTLY, text)
            yield from say(f"\n\n{figures.chart(question, result, in_plotly=in_plotly)}")

    def _typed_sql(self, sql: str) -> Iterator[Event]:
        result = yield from self._run(sql)
        if result is None:
            return
        count = f"{'More than ' if result.truncated else ''}{len(result.rows)} row{'s' * (len(result.rows) != 1)}"
        shown = f" Here are the first {answer.TABLE_ROWS}." if len(result.rows) > answer.TABLE_ROWS else ""
        yield from say(f"{count}.{shown}" + (f"\n\n{answer.raw_table(result)}" if result.rows else ""))

    def _tables(self, text: str) -> Iterator[Event]:
        result = yield from self._run(COLUMNS_SQL)
        tables: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in result.rows if result else []:
            tables.setdefault(table, []).append((column, kind))
        if intents.has(figures.DIAGRAM, text):
            yield from say(f"How the tables belong together:\n\n{figures.diagram(tables)}")
            return
        columns = {table: ", ".join(f"`{name}`" for name, _ in columns) for table, columns in tables.items()}
        lines = [f"- **{table}**: {names}" for table, names in columns.items()]
        intro = "I have the orders of a made-up outdoor-goods shop, "
        intro += f"from January 2025 to {self.warehouse.last_day:%B %Y}, in these tables"
        yield from say(f"{intro}; {ABOUT_VIEW}:\n\n" + "\n".join(lines))

    def _essay(self) -> Iterator[Event]:
        years = yield from self._run(essay.YEARS)
        categories = yield from self._run(essay.CATEGORIES)
        if years and categories:
            yield from say(essay.write_essay(years, categories, MAX_ROWS))

    def _last_sql(self, earlier: list[str]) -> str:
        """The SQL of the last message that had any."""
        for count in range(len(earlier), 0, -1):
            text = earlier[count - 1].strip()
            if sql := intents.typed_sql(text):
                return f"That was your own SQL:\n\n```sql\n{sql}\n```"
            if self._read(text) and (question := self._previous(earlier[:count])):
                return f'For "{text}" I ran:\n\n```sql\n{sql_for(question)}\n```'
        return f"There is no SQL to show. {'Ask me about the data first.' if earlier else intents.ONLY_THIS}"

    def _run(self, sql: str) -> Generator[Event, None, Result | None]:
        """Shows the call and its result; on failure says why and returns None."""
        call_id = f"call_{uuid4().hex[:24]}"
        yield ToolCall(call_id, "run_sql", json.dumps({"sql": sql}))
        try:
            result = self.warehouse.query(sql)
        except QueryRefused as exc:
            yield ToolResult(call_id, "run_sql", json.dumps({"error": str(exc)}))
            yield from say(f"That did not work. {exc}")
            return None
        yield ToolResult(call_id, "run_sql", result.as_json())
        return result


def _files_in_question(questions: Sequence[Message]) -> Sequence[ReceivedFile]:
    """The files of the last question, or those that it speaks of: the last ones before it."""
    if not questions or questions[-1].files or not intents.has(files.ABOUT_FILES, questions[-1].text):
        return questions[-1].files if questions else ()
    return next((message.files for message in reversed(questions) if message.files), ())


def _sources(said: str) -> tuple[Source, ...]:
    """An answer that speaks of the view rests on its definition."""
    at = said.find(ABOUT_VIEW)
    return (Source("Definition of the view sales", SALES_VIEW, at + len(ABOUT_VIEW)),) if at >= 0 else ()
