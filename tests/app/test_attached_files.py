"""The files of questions on the page, which draws them without reading one."""

from uuid import UUID, uuid4

from lib.db.database import Database
from lib.store.files import Attachment
from lib.store.postgres import PostgresStore
from local.postgres import Cluster
from tests.app.conftest import Opened
from tests.conftest import ANN, administer
from tests.integration.test_store import ending_of, new_turn


def asked_with_files(database: Database) -> tuple[UUID, list[Attachment]]:
    """The chat of a question that has been answered, and its files."""
    store = PostgresStore(database, ANN)
    files = [
        store.add_file(uuid4(), "<b>chart</b>.png", "image/png", b"no image"),
        store.add_file(uuid4(), "sales.csv", "text/csv", b"a,b\n1,2\n"),
    ]
    turn = new_turn(attachments=files)
    store.start_turn(turn)
    store.finish_turn(ending_of(turn))
    return turn.chat_id, files


def test_a_page_shows_files_that_it_cannot_read(
    opened: Opened, database: Database, database_name: str, cluster: Cluster
) -> None:
    chat_id, (chart, sales) = asked_with_files(database)
    administer(cluster, "DELETE FROM chat.files", database_name)
    page = opened(str(chat_id))
    (cards,) = [each.proto.body for each in page.get("html") if 'class="chat-files"' in each.proto.body]
    assert f'<img src="/api/attachments/{chart["id"]}/thumbnail" alt="&lt;b&gt;chart&lt;/b&gt;.png"' in cards
    assert f'<a href="/api/attachments/{sales["id"]}" download="sales.csv">' in cards
    assert [each.label for each in page.expander] == ["First rows of sales\\.csv"]
    assert not page.exception


def test_a_question_is_edited_with_the_files_that_are_left_chosen(opened: Opened, database: Database) -> None:
    chat_id, (_, sales) = asked_with_files(database)
    page = opened(str(chat_id))
    next(button for button in page.button if button.label == "Edit").click().run()
    (pills,) = page.pills
    assert pills.value == [0, 1]
    pills.set_value([1]).run()
    next(box for box in page.chat_input if "edit-box" in (box.key or "")).set_value("What is in it?").run()
    assert not page.exception
    assert PostgresStore(database, ANN).list_messages(chat_id)[0].attachments == [sales]
