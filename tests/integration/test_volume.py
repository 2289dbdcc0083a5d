"""Files of questions in a Volume: written, read and removed through the Files API, and what happens when that fails."""

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID, uuid4

import psycopg2
import pytest

from lib.attachments.volume import LOST
from lib.config import load
from lib.errors import FilesUnavailable
from lib.runtime import Runtime
from lib.store.files import Attachment, StoredFile
from lib.store.store import Store
from local.postgres import Cluster
from local.workspace import VOLUME, Workspace
from tests.conftest import ANN
from tests.integration.test_files import CONTENT, added, asked_with, id_of
from tests.waiting import until


@pytest.fixture
def runtime(platform: dict[str, str], workspace: Workspace) -> Iterator[Runtime]:
    workspace.volumes.objects.clear()
    made = Runtime(load({**platform, "ATTACHMENTS_VOLUME": VOLUME}))
    made.start()
    # It removes files too, once at the start.
    until(lambda: (cleaning := made.turns._heartbeat._housekeeping) is not None and cleaning.done())
    yield made
    made.stop()
    workspace.faults.clear()


@pytest.fixture
def store(runtime: Runtime) -> Store:
    return runtime.store(ANN)


def let_time_pass(cluster: Cluster, database_name: str) -> None:
    """Make everything due that is to be removed later, and every file two days old."""
    with closing(psycopg2.connect(cluster.admin_dsn(database_name))) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE chat.volume_removals SET due_at = now() - interval '1 second'")
        cursor.execute("UPDATE chat.files SET created_at = now() - interval '2 days'")
        connection.commit()


def tidy(runtime: Runtime, cluster: Cluster, database_name: str) -> None:
    """Housekeeping, after everything is due."""
    let_time_pass(cluster, database_name)
    assert runtime.resilient_database
    while runtime.resilient_database.retention.purge_files(24):
        let_time_pass(cluster, database_name)
    while runtime.resilient_database.retention.remove_objects():
        pass


def test_a_file_is_kept_in_the_volume_and_its_object_goes_with_the_last_chat_that_has_it(
    runtime: Runtime, store: Store, workspace: Workspace, cluster: Cluster, database_name: str
) -> None:
    attachment = added(store)
    chat_id = asked_with(store, attachment)
    [(path, content)] = workspace.volumes.objects.items()
    assert content == CONTENT and path.startswith(f"{VOLUME}/") and attachment["id"] not in path
    assert store.read_file(id_of(attachment)) == StoredFile(attachment, CONTENT)
    copy_id = uuid4()
    assert store.copy_chat(chat_id, copy_id)
    assert store.delete_chat(chat_id)
    tidy(runtime, cluster, database_name)
    [copied] = store.list_messages(copy_id)[0].attachments
    assert store.read_file(id_of(copied)) == StoredFile(copied, CONTENT)
    assert store.delete_chat(copy_id)
    assert list(workspace.volumes.objects) == [path], "what is deleted at this moment may still be copied from"
    tidy(runtime, cluster, database_name)
    assert workspace.volumes.objects == {}


def test_a_file_whose_question_is_never_asked_goes_with_its_object(
    runtime: Runtime, store: Store, workspace: Workspace, cluster: Cluster, database_name: str
) -> None:
    asked, unasked = added(store), added(store)
    asked_with(store, asked)
    tidy(runtime, cluster, database_name)
    assert store.read_file(id_of(unasked)) is None
    assert store.read_file(id_of(asked)) == StoredFile(asked, CONTENT)
    assert len(workspace.volumes.objects) == 1


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_a_volume_that_refuses_a_file_leaves_nothing_behind(store: Store, workspace: Workspace, status: int) -> None:
    file_id = uuid4()
    workspace.faults.files.always(status=status)
    with pytest.raises(FilesUnavailable):
        store.add_file(file_id, "a.txt", "text/plain", b"a")
    assert store.find_files([file_id]) == [] and workspace.volumes.objects == {}
    workspace.faults.files.clear()
    assert store.add_file(file_id, "a.txt", "text/plain", b"a")["size"] == 1


def test_an_object_whose_file_was_never_stored_is_removed(
    runtime: Runtime, store: Store, workspace: Workspace, cluster: Cluster, database_name: str
) -> None:
    """As when the process is killed between the two: the second of two uploads of one file writes an object in vain."""
    attachment = added(store)
    [kept] = workspace.volumes.objects
    with closing(psycopg2.connect(cluster.admin_dsn(database_name))) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM chat.files")
        cursor.execute("DELETE FROM chat.volume_removals WHERE due_at < now() + interval '30 minutes'")
        connection.commit()
    assert store.read_file(id_of(attachment)) is None and kept in workspace.volumes.objects
    tidy(runtime, cluster, database_name)
    assert workspace.volumes.objects == {}


def test_an_object_that_cannot_be_removed_is_removed_later(
    runtime: Runtime, store: Store, workspace: Workspace, cluster: Cluster, database_name: str
) -> None:
    assert store.delete_chat(asked_with(store, added(store)))
    let_time_pass(cluster, database_name)
    workspace.faults.files.always(status=403)
    assert runtime.resilient_database
    with pytest.raises(FilesUnavailable):
        runtime.resilient_database.retention.remove_objects()
    workspace.faults.files.clear()
    assert runtime.resilient_database.retention.remove_objects() == 0, "not at once: it has its turn of ten minutes"
    tidy(runtime, cluster, database_name)
    assert workspace.volumes.objects == {}


def test_an_object_that_can_never_be_removed_holds_up_no_others(
    runtime: Runtime, store: Store, workspace: Workspace, cluster: Cluster, database_name: str
) -> None:
    """As one of a Volume that the app had before and may no longer touch."""
    for _ in range(3):
        store.delete_chat(asked_with(store, added(store)))
    let_time_pass(cluster, database_name)
    workspace.faults.files.next(status=403)
    assert runtime.resilient_database
    assert runtime.resilient_database.retention.remove_objects() == 5, "each is noted twice"


def test_a_file_that_cannot_be_read_leaves_its_chat_readable(store: Store, workspace: Workspace) -> None:
    attachment = added(store)
    chat_id = asked_with(store, attachment)
    workspace.faults.files.next(status=403)
    with pytest.raises(FilesUnavailable):
        store.read_file(id_of(attachment))
    workspace.volumes.objects.clear()
    with pytest.raises(FilesUnavailable, match=LOST):
        store.read_file(id_of(attachment))
    assert store.list_messages(chat_id)[0].attachments == [attachment]


def test_a_file_of_a_volume_that_the_app_has_lost_says_so(
    store: Store, platform: dict[str, str], workspace: Workspace
) -> None:
    attachment: Attachment = added(store)
    without = Runtime(load(platform))
    without.start()
    with pytest.raises(FilesUnavailable, match="ATTACHMENTS_VOLUME"):
        without.store(ANN).read_file(UUID(attachment["id"]))
    without.stop()
