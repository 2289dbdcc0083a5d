"""What goes with a question: kept, given back, shown and copied; never told to the agent."""

from dataclasses import replace
from uuid import uuid4

from lib.db.database import Database
from lib.identity import User
from lib.store.models import Attachment
from lib.store.postgres import PostgresStore
from tests.conftest import ANN, BOB
from tests.integration.shops import Shop
from tests.integration.test_store import ending_of, new_turn

SHEET: Attachment = {"name": "Q3 % :x.csv", "content_type": "text/csv", "size": 12, "url": "https://host.example/a"}
NOTE: Attachment = {"name": "Zoë 日本語 '\"; --", "content_type": "text/plain", "size": None, "url": None}


def test_attachments_are_kept_with_their_question_alone(shop: Shop, owner: User) -> None:
    store, turn = shop.store(owner), new_turn(attachments=[SHEET, NOTE])
    store.start_turn(turn)
    store.finish_turn(ending_of(turn))
    question, answer = store.list_messages(turn.chat_id)
    assert (question.attachments, answer.attachments) == ([SHEET, NOTE], [])
    assert store.get_message(turn.question_id) == question


def test_a_question_asked_again_keeps_the_attachments_of_the_first_time(shop: Shop, owner: User) -> None:
    store, turn = shop.store(owner), new_turn(attachments=[SHEET])
    store.start_turn(turn)
    store.start_turn(replace(turn, attachments=[NOTE]))
    store.finish_turn(ending_of(turn))
    store.start_turn(replace(turn, turn_id=uuid4(), attachments=[]))
    (question,) = store.list_messages(turn.chat_id)
    assert question.attachments == [SHEET]


def test_what_postgres_cannot_hold_is_left_out_of_an_attachment(shop: Shop, owner: User) -> None:
    store, odd = shop.store(owner), Attachment(name="a\x00b\ud800", content_type="x", size=2**53 - 1, url=None)
    store.start_turn(turn := new_turn(attachments=[odd]))
    (question,) = store.list_messages(turn.chat_id)
    assert question.attachments == [{**odd, "name": "ab"}]


def test_attachments_go_with_a_copy_and_are_nobody_elses_before(shop: Shop, owner: User) -> None:
    store, other, turn = shop.store(owner), shop.store(replace(BOB, id=f"bob-{uuid4()}")), new_turn(attachments=[SHEET])
    store.start_turn(turn)
    store.finish_turn(ending_of(turn))
    assert other.get_message(turn.question_id) is None
    store.set_visibility(turn.chat_id, "public")
    assert other.copy_chat(turn.chat_id, copy_id := uuid4())
    assert [message.attachments for message in other.list_messages(copy_id)] == [[SHEET], []]


def test_an_attachment_is_bound_and_never_part_of_a_statement(database: Database) -> None:
    store = PostgresStore(database, ANN)
    text = "'); DROP TABLE chat.chats; -- %s %(x)s :user_id ::jsonb \\"
    odd = Attachment(name=text, content_type=text, size=0, url=f"https://host.example/{text}")
    store.start_turn(turn := new_turn(attachments=[odd]))
    (question,) = store.list_messages(turn.chat_id)
    assert question.attachments == [odd]
