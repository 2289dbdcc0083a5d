"""The files of questions in both stores: stored, attached, read, copied and deleted with their chat."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from lib.attachments.limits import MAX_UNASKED_FILES
from lib.chat.sharing import share
from lib.errors import NoSuchFile, TooMany
from lib.identity import User
from lib.store import edits
from lib.store.files import Attachment, StoredFile
from lib.store.files_in_memory import FilesInMemory
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.store import Store
from tests.conftest import ANN, BOB
from tests.integration.stores import PostgresStores, Stores
from tests.integration.test_store import ending_of, new_turn

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def ann(stores: Stores, owner: User) -> Store:
    return stores.store(owner)


@pytest.fixture
def bob(stores: Stores) -> Store:
    return stores.store(replace(BOB, id=f"bob-{uuid4()}"))


def added(store: Store, name: str = "sales.csv", content: bytes = CONTENT) -> Attachment:
    return store.add_file(uuid4(), name, "text/csv", content)


def id_of(attachment: Attachment) -> UUID:
    return UUID(attachment["id"])


def asked_with(store: Store, *attachments: Attachment, chat_id: UUID | None = None) -> UUID:
    """The chat of a question that has been answered."""
    turn = new_turn(chat_id, attachments=list(attachments))
    store.start_turn(turn)
    store.finish_turn(ending_of(turn))
    return turn.chat_id


def test_a_file_comes_back_as_it_was_and_stands_with_its_question(ann: Store) -> None:
    attachment = added(ann)
    assert attachment == Attachment(
        id=attachment["id"], name="sales.csv", content_type="text/csv", size=len(CONTENT), url=None
    )
    chat_id = asked_with(ann, attachment)
    assert ann.list_messages(chat_id)[0].attachments == [attachment]
    assert ann.read_file(id_of(attachment)) == StoredFile(attachment, CONTENT)
    assert ann.find_files([id_of(attachment), uuid4()]) == [attachment]
    assert ann.read_file(uuid4()) is None


def test_storing_a_file_again_changes_nothing(ann: Store) -> None:
    first = added(ann)
    assert ann.add_file(id_of(first), "other.txt", "text/plain", b"other") == first
    assert ann.read_file(id_of(first)) == StoredFile(first, CONTENT)


def test_a_file_of_somebody_else_can_neither_be_read_nor_written_over_nor_attached(ann: Store, bob: Store) -> None:
    hers = added(ann)
    assert bob.read_file(id_of(hers)) is None and bob.find_files([id_of(hers)]) == []
    with pytest.raises(NoSuchFile):
        bob.add_file(id_of(hers), "mine.txt", "text/plain", b"mine")
    with pytest.raises(NoSuchFile):
        bob.start_turn(new_turn(attachments=[hers]))
    assert bob.list_chats().chats == [], "nothing is half done"
    asked_with(ann, hers)
    assert bob.read_file(id_of(hers)) is None
    assert ann.read_file(id_of(hers)) == StoredFile(hers, CONTENT)


def test_a_file_of_another_chat_cannot_be_attached_and_one_of_the_same_chat_can(ann: Store) -> None:
    attachment, other = added(ann), added(ann)
    chat_id = asked_with(ann, attachment)
    with pytest.raises(NoSuchFile):
        ann.start_turn(new_turn(attachments=[other, attachment]))
    assert asked_with(ann, attachment, other, chat_id=chat_id) == chat_id
    assert len(ann.list_messages(chat_id)) == 4


def add_many(stores: Stores, user: User, count: int) -> None:
    if isinstance(stores, PostgresStores):
        stores.run(
            "INSERT INTO chat.files (id, user_id, name, content_type, size_bytes, content) "
            "SELECT gen_random_uuid(), %(user_id)s, 'a', 'text/csv', 1, 'a' FROM generate_series(1, %(count)s)",
            user_id=user.id,
            count=count,
        )
    else:
        for _ in range(count):
            added(stores.store(user), content=b"a")


def test_only_so_many_files_of_a_user_wait_for_their_questions(
    stores: Stores, owner: User, ann: Store, bob: Store
) -> None:
    first = added(ann)
    add_many(stores, owner, MAX_UNASKED_FILES - 1)
    with pytest.raises(TooMany):
        added(ann)
    assert ann.add_file(id_of(first), "a", "text/csv", b"a") == first, "it is there already"
    assert added(bob), "others are not held up"
    asked_with(ann, first)
    assert added(ann)


def test_a_question_that_had_to_wait_is_stored_even_if_its_file_is_gone(ann: Store) -> None:
    gone = Attachment(id=str(uuid4()), name="gone.csv", content_type="text/csv", size=1, url=None)
    turn = new_turn(attachments=[gone], said_at=datetime.now(UTC))
    assert ann.start_turn(turn).is_new
    ann.finish_turn(ending_of(turn))
    assert ann.list_messages(turn.chat_id)[0].attachments == [gone]
    assert ann.read_file(id_of(gone)) is None


def test_a_question_is_answered_again_even_if_its_file_is_gone(ann: Store) -> None:
    gone = Attachment(id=str(uuid4()), name="gone.csv", content_type="text/csv", size=1, url=None)
    turn = new_turn(attachments=[gone], said_at=datetime.now(UTC))
    ann.start_turn(turn)
    ann.finish_turn(ending_of(turn))
    again = replace(new_turn(turn.chat_id), question_id=turn.question_id, attachments=[gone], is_beginning=True)
    assert ann.start_turn(again).is_new


def test_readers_of_a_shared_chat_read_the_files_of_what_they_see(ann: Store, bob: Store) -> None:
    first, hidden, unasked = added(ann), added(ann), added(ann)
    chat_id = asked_with(ann, hidden)
    beginning = new_turn(chat_id, attachments=[first], is_beginning=True)
    ann.start_turn(beginning)
    ann.finish_turn(ending_of(beginning))
    assert ann.edit_chat(chat_id, edits.set_visibility("public"))
    assert bob.read_file(id_of(first)) == StoredFile(first, CONTENT)
    assert bob.read_file(id_of(hidden)) is None, "it is on another branch"
    assert bob.read_file(id_of(unasked)) is None
    later = added(ann)
    assert share(ann, chat_id, is_snapshot=True, until=None)
    asked_with(ann, later, chat_id=chat_id)
    assert bob.read_file(id_of(first)) and bob.read_file(id_of(later)) is None, "the snapshot is older"
    with pytest.raises(NoSuchFile):
        bob.start_turn(new_turn(attachments=[first]))
    assert ann.edit_chat(chat_id, edits.set_visibility("private"))
    assert bob.read_file(id_of(first)) is None
    assert ann.read_file(id_of(hidden)), "its owner reads all branches"


def test_a_copy_has_files_of_its_own(ann: Store, bob: Store) -> None:
    attachment = added(ann)
    link = Attachment(name="a link", content_type="text/html", size=None, url="https://example.com/")
    chat_id = asked_with(ann, attachment, link)
    assert ann.edit_chat(chat_id, edits.set_visibility("public"))
    copy_id = uuid4()
    assert bob.copy_chat(chat_id, copy_id) and bob.copy_chat(chat_id, copy_id)
    [copied, copied_link] = bob.list_messages(copy_id)[0].attachments
    assert copied == {**attachment, "id": copied["id"]} and copied["id"] != attachment["id"]
    assert copied_link == link
    assert ann.delete_chat(chat_id)
    assert ann.read_file(id_of(attachment)) is None
    assert bob.read_file(id_of(copied)) == StoredFile(copied, CONTENT)
    assert ann.read_file(id_of(copied)) is None


DELETIONS: dict[str, Callable[[Store, UUID], object]] = {
    "for good": lambda store, chat_id: store.delete_chat(chat_id),
    "with others": lambda store, chat_id: store.delete_chats([chat_id]),
    "with all": lambda store, chat_id: store.delete_some_chats(),
    "to the trash": lambda store, chat_id: store.trash_chat(chat_id),
}


@pytest.mark.parametrize("how", DELETIONS)
def test_a_file_goes_with_its_chat(ann: Store, how: str) -> None:
    attachment = added(ann)
    chat_id = asked_with(ann, attachment)
    assert DELETIONS[how](ann, chat_id)
    assert ann.read_file(id_of(attachment)) is None
    if how == "to the trash":
        assert ann.restore_chat(chat_id)
        assert ann.read_file(id_of(attachment))


def test_whoever_is_forgotten_leaves_no_file(ann: Store) -> None:
    attachment = added(ann)
    ann.forget_user()
    assert ann.read_file(id_of(attachment)) is None


def test_files_in_memory_are_bounded_by_their_bytes() -> None:
    files = FilesInMemory(max_bytes=10)
    store = MemoryStore(MemoryChats(files=files), ANN)
    attachments = [added(store, content=b"12345") for _ in range(3)]
    assert [store.read_file(id_of(each)) is not None for each in attachments] == [False, True, True]
