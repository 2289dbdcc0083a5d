"""Votes on their way to MLflow, step by step: over Postgres and in memory, and what the workspace has in the end."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg2
import pytest

from lib.config import load
from lib.feedback.delivery import MAX_ATTEMPTS, Delivery
from lib.feedback.failures import Refused
from lib.feedback.mlflow import MLflow
from lib.identity import Asker, User
from lib.runtime import Runtime
from lib.store import edits
from lib.store.assessments import Assessments, Backlog
from local.postgres import Cluster
from local.workspace import Workspace
from tests.conftest import ANN, BOB, ROLE
from tests.integration.rest_client import AS_BYTES, Client, chat_of, messages_of
from tests.integration.test_runtime import asked, ended
from tests.waiting import until

PAST = datetime(2026, 1, 1, tzinfo=UTC)
LOCATION = "main.agents"
WAREHOUSE = "0123456789abcdef"


class App:
    """The app with one answered question of Ann's, and the means to send feedback when a test wants it."""

    def __init__(self, runtime: Runtime, workspace: Workspace, admin_dsn: str | None) -> None:
        self.runtime = runtime
        self._workspace = workspace
        self._admin_dsn = admin_dsn
        self.store = runtime.store(ANN)
        turn = ended(runtime.turns.ask(self.store, Asker(ANN, None), asked()))
        self.chat_id, self.answer_id = turn.chat_id, turn.id
        assert turn.answer.trace_id
        self.trace_id = turn.answer.trace_id

    @property
    def assessments(self) -> Assessments:
        bound = self.runtime.resilient_database
        return bound.assessments if bound else self.runtime._chats.assessments

    def send(self) -> float | None:
        """All that is due, as a thread of the app would; in how many seconds the next is due."""
        return Delivery(self.assessments, {"mlflow": MLflow(self.runtime.workspace, WAREHOUSE)}).deliver_due()

    def let_time_pass(self) -> None:
        """Until everything that waits is due and every claim has expired."""
        if self._admin_dsn is None:
            for row in self.runtime._chats.assessments._rows.values():
                row.due_at, row.wanted = row.due_at and PAST, replace(row.wanted, claimed_until=PAST)
            return
        with closing(psycopg2.connect(self._admin_dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("UPDATE chat.assessments SET due_at = now(), claimed_until = NULL WHERE due_at IS NOT NULL")

    def vote(self, is_upvoted: bool | None, comment: str | None = None, *tags: str, by: User = ANN) -> None:
        assert self.runtime.feedback.vote(self.runtime.store(by), self.answer_id, is_upvoted, comment, tags)

    @property
    def delivery(self) -> str | None:
        return self.store.votes(self.chat_id)[self.answer_id].delivery

    def seen(self) -> list[dict[str, Any]]:
        """The assessments that the workspace has of the answer."""
        return list(self._workspace.traces.assessments(self.trace_id).values())

    def asked_for(self) -> list[str]:
        return [each.method for each in self._workspace.requests if "/assessments" in each.path]


@pytest.fixture(params=["postgres", "memory"])
def app(
    request: pytest.FixtureRequest,
    platform: dict[str, str],
    workspace: Workspace,
    cluster: Cluster,
    database_name: str,
) -> Iterator[App]:
    is_bound = request.param == "postgres"
    environ = platform if is_bound else {**platform, "DATABASE_URL": ""}
    runtime = Runtime(load(environ))
    runtime.start()
    workspace.requests.clear()
    yield App(runtime, workspace, cluster.admin_dsn(database_name) if is_bound else None)
    runtime.stop()
    workspace.traces.location = None
    workspace.faults.clear()


def test_a_vote_becomes_an_assessment_by_its_person(app: App) -> None:
    app.vote(False, "March is missing", "wrong_number", "Too slow")
    assert app.delivery == "waiting"
    assert app.send() is None
    (seen,) = app.seen()
    assert seen["assessment_name"] == "user_feedback"
    assert seen["source"] == {"source_type": "HUMAN", "source_id": "ann@example.com"}
    assert seen["feedback"] == {"value": False}
    assert seen["rationale"] == "Wrong number, Too slow\nMarch is missing"
    assert seen["metadata"]["tags"] == "Wrong number, Too slow"
    assert seen["metadata"]["chat_id"] == str(app.chat_id)
    assert app.delivery == "sent"


def test_a_changed_vote_changes_the_same_assessment(app: App) -> None:
    app.vote(True, "Right")
    app.send()
    (first,) = app.seen()
    app.vote(False, None, "Unclear")
    app.send()
    (second,) = app.seen()
    assert second["assessment_id"] == first["assessment_id"]
    assert (second["feedback"], second["rationale"]) == ({"value": False}, "Unclear")
    app.vote(True)
    app.send()
    (third,) = app.seen()
    assert third["feedback"] == {"value": True}
    assert not third.get("rationale") and not third["metadata"]["tags"]


def test_two_clicks_in_a_row_are_one_assessment_and_the_last_wins(app: App) -> None:
    for is_upvoted in (True, False, True, False):
        app.vote(is_upvoted)
    app.send()
    assert [each["feedback"] for each in app.seen()] == [{"value": False}]


def test_a_vote_that_is_taken_back_takes_its_assessment_along(app: App) -> None:
    app.vote(True)
    app.send()
    app.vote(None)
    app.send()
    assert app.seen() == []
    app.vote(False)
    app.send()
    assert [each["feedback"] for each in app.seen()] == [{"value": False}]
    assert app.send() is None


def test_of_votes_that_are_taken_back_before_they_were_sent_nothing_is_left(app: App) -> None:
    for is_upvoted in (True, None, False, True, None):
        app.vote(is_upvoted)
    assert app.assessments.backlog() == Backlog(0, {})
    app.vote(True)
    assert app.store.delete_chat(app.chat_id)
    assert app.assessments.backlog() == Backlog(0, {})
    assert app.send() is None
    assert app.asked_for() == []


def test_a_deleted_chat_takes_the_assessments_of_all_its_readers_along(app: App) -> None:
    app.store.edit_chat(app.chat_id, edits.set_visibility("public"))
    app.vote(True)
    app.vote(False, "No", by=BOB)
    app.send()
    assert {each["source"]["source_id"] for each in app.seen()} == {ANN.email, BOB.email}
    assert app.store.delete_chat(app.chat_id)
    app.send()
    assert app.seen() == []


def test_a_person_who_erases_everything_takes_their_assessments_along(app: App) -> None:
    app.store.edit_chat(app.chat_id, edits.set_visibility("public"))
    app.vote(True)
    app.vote(False, "No", by=BOB)
    app.send()
    assert app.runtime.store(BOB).forget_user() == 1
    app.send()
    assert [each["source"]["source_id"] for each in app.seen()] == [ANN.email]


def test_a_trace_that_comes_late_gets_its_assessment(app: App, workspace: Workspace) -> None:
    app.vote(True)
    workspace.faults.assessments.next(status=404, times=2)
    for again in (2, 5):
        assert (seconds := app.send()) is not None and again - 1 < seconds <= again
        assert (app.seen(), app.delivery) == ([], "waiting")
        app.let_time_pass()
    assert app.send() is None
    assert (len(app.seen()), app.delivery) == (1, "sent")


def test_a_busy_workspace_is_asked_when_it_says(app: App, workspace: Workspace) -> None:
    app.vote(True)
    workspace.faults.assessments.next(status=429, headers={"Retry-After": "77"})
    assert (seconds := app.send()) is not None and 70 < seconds <= 77
    app.let_time_pass()
    app.send()
    assert len(app.seen()) == 1


@pytest.mark.parametrize("fault", [{"status": 429, "headers": {"Retry-After": "77"}}, {"status": 503}])
def test_while_mlflow_is_busy_or_away_no_other_vote_is_sent(app: App, workspace: Workspace, fault: Any) -> None:
    others = [App(app.runtime, workspace, app._admin_dsn) for _ in range(3)]
    for each in (app, *others):
        each.vote(True)
    workspace.requests.clear()
    workspace.faults.assessments.next(**fault)
    delivery = Delivery(app.assessments, {"mlflow": MLflow(app.runtime.workspace)})
    assert (seconds := delivery.deliver_due()) is not None and seconds > 1
    assert (again := delivery.deliver_due()) is not None and again <= seconds
    assert app.asked_for() == ["POST"]


@pytest.mark.parametrize("status", [401, 500, 503])
def test_a_workspace_that_is_away_is_asked_again(app: App, workspace: Workspace, status: int) -> None:
    app.vote(True)
    workspace.faults.assessments.next(status=status)
    assert app.send() is not None
    app.let_time_pass()
    assert app.send() is None
    assert len(app.seen()) == 1


def test_a_missing_permission_is_named_and_tried_again_when_an_admin_asks(app: App, workspace: Workspace) -> None:
    app.vote(False, "No")
    workspace.faults.assessments.next(status=403)
    assert app.send() is None
    backlog = app.assessments.backlog()
    assert (backlog.waiting, dict(backlog.given_up), app.delivery) == (0, {"forbidden": 1}, "refused")
    app.let_time_pass()
    assert app.send() is None and app.seen() == []
    app.runtime.feedback.retry()
    app.send()
    assert len(app.seen()) == 1
    assert (app.assessments.backlog().given_up, app.delivery) == ({}, "sent")


def test_a_trace_with_an_impossible_id_is_given_up_at_once(app: App) -> None:
    app.vote(True)
    claimed = app.assessments.claim()
    assert claimed
    with pytest.raises(Refused):
        MLflow(app.runtime.workspace).create(replace(claimed, trace_id="tr-" + "x" * 70_000))


def test_a_trace_that_never_comes_is_given_up(app: App, workspace: Workspace) -> None:
    app.vote(True)
    workspace.faults.assessments.always(status=404)
    for _ in range(MAX_ATTEMPTS):
        app.let_time_pass()
        app.send()
    app.let_time_pass()
    assert app.send() is None
    assert dict(app.assessments.backlog().given_up) == {"no_trace": 1}


def test_a_request_whose_reply_was_lost_makes_no_second_assessment(app: App, workspace: Workspace) -> None:
    app.vote(True)
    workspace.faults.assessments.next(cut_after=0)
    assert app.send() is not None
    assert len(app.seen()) == 1, "it was carried out"
    app.let_time_pass()
    app.vote(False)
    assert app.send() is None
    assert [each["feedback"] for each in app.seen()] == [{"value": False}]
    assert app.asked_for().count("POST") == 1


def test_a_vote_that_was_taken_back_after_a_lost_reply_leaves_nothing(app: App, workspace: Workspace) -> None:
    app.vote(True)
    workspace.faults.assessments.next(cut_after=0)
    app.send()
    app.vote(None)
    app.let_time_pass()
    assert app.send() is None
    assert app.seen() == []


def test_an_assessment_that_was_deleted_in_mlflow_is_made_anew(app: App, workspace: Workspace) -> None:
    app.vote(True)
    app.send()
    workspace.traces.assessments(app.trace_id).clear()
    app.vote(False)
    assert app.send() is not None
    app.let_time_pass()
    assert app.send() is None
    assert [each["feedback"] for each in app.seen()] == [{"value": False}]


def test_a_failure_that_nobody_foresaw_keeps_no_other_vote_from_being_sent(app: App) -> None:
    class Broken(MLflow):
        def create(self, wanted: Any) -> str:
            if wanted.message_id == app.answer_id:
                raise ZeroDivisionError
            return super().create(wanted)

    other = App(app.runtime, app._workspace, app._admin_dsn)
    app.vote(True)
    other.vote(True)
    assert Delivery(app.assessments, {"mlflow": Broken(app.runtime.workspace)}).deliver_due() is not None
    assert (app.seen(), len(other.seen())) == ([], 1)


def test_a_process_that_died_while_sending_is_followed_by_another(app: App) -> None:
    app.vote(True)
    assert app.assessments.claim()  # and then it dies
    assert (seconds := app.send()) is not None and seconds > 100
    assert app.seen() == []
    app.let_time_pass()
    assert app.send() is None
    assert len(app.seen()) == 1


def test_a_vote_that_changes_while_it_is_sent_is_sent_again(app: App) -> None:
    class Slow(MLflow):
        def create(self, wanted: Any) -> str:
            id = super().create(wanted)
            app.vote(False)
            return id

    app.vote(True)
    assert Delivery(app.assessments, {"mlflow": Slow(app.runtime.workspace)}).deliver_due() is None
    assert [each["feedback"] for each in app.seen()] == [{"value": False}]
    assert app.asked_for() == ["POST", "PATCH"]


def test_an_answer_without_a_trace_keeps_its_vote_here(app: App, workspace: Workspace) -> None:
    copy_id = UUID(int=app.chat_id.int ^ 1)
    app.store.copy_chat(app.chat_id, copy_id)
    copied = app.store.list_messages(copy_id)[-1]
    assert app.runtime.feedback.vote(app.store, copied.id, True)
    assert app.store.votes(copy_id)[copied.id].delivery is None
    assert app.send() is None
    assert app.asked_for() == []


@pytest.mark.parametrize("location", [LOCATION, f"{LOCATION}.otel"])
def test_a_trace_in_unity_catalog_is_assessed_there(app: App, workspace: Workspace, location: str) -> None:
    workspace.traces.location = location
    in_catalog = App(app.runtime, workspace, app._admin_dsn)
    assert in_catalog.trace_id.startswith(f"trace:/{location}/")
    in_catalog.vote(True, "Right")
    in_catalog.send()
    in_catalog.vote(False)
    in_catalog.send()
    assert [each["feedback"] for each in in_catalog.seen()] == [{"value": False}]
    created, changed = [each for each in workspace.requests if "/assessments" in each.path]
    assert created.path.startswith(f"/api/4.0/mlflow/traces/{location}/")
    assert "assessment" not in created.json and created.json["valid"] is True
    assert created.json["trace_id"] == in_catalog.trace_id.rpartition("/")[2]
    kind = "uc_table_prefix" if location.count(".") == 2 else "uc_schema"
    assert created.json["trace_location"] == {
        "type": kind.upper(),
        kind: dict(zip(("catalog_name", "schema_name", "table_prefix"), location.split("."), strict=False)),
    }
    assert created.query == f"sql_warehouse_id={WAREHOUSE}"
    assert "update_mask=feedback%2Crationale%2Cmetadata" in changed.query
    in_catalog.vote(None)
    in_catalog.send()
    assert in_catalog.seen() == []


def test_the_app_sends_votes_by_itself_and_goes_on_after_a_restart(
    platform: dict[str, str], workspace: Workspace, cluster: Cluster, database_name: str
) -> None:
    settings = load({**platform, "MLFLOW_EXPERIMENT_ID": "1"})
    first = Runtime(settings)
    first.start()
    app = App(first, workspace, cluster.admin_dsn(database_name))
    app.vote(True, "Right")
    until(lambda: app.delivery == "sent")
    workspace.faults.assessments.next(status=503)
    app.vote(False)
    until(lambda: dict(workspace.faults.assessments.__dict__)["_waiting"] == [])
    first.stop()
    app.let_time_pass()
    second = Runtime(settings)
    second.start()
    until(lambda: [each["feedback"] for each in app.seen()] == [{"value": False}])
    until(lambda: second.store(ANN).votes(app.chat_id)[app.answer_id].delivery == "sent")
    second.stop()


def test_replicas_share_the_work_and_send_nothing_twice(
    platform: dict[str, str], workspace: Workspace, cluster: Cluster, database_name: str
) -> None:
    quiet = Runtime(load(platform))
    quiet.start()
    apps = [App(quiet, workspace, cluster.admin_dsn(database_name)) for _ in range(12)]
    workspace.requests.clear()
    for app in apps:
        app.vote(True)
    replicas = [Runtime(load({**platform, "MLFLOW_EXPERIMENT_ID": "1"})) for _ in range(2)]
    workspace.faults.assessments.always(delay_seconds=0.05)
    for replica in replicas:
        replica.start()
    until(lambda: all(app.delivery == "sent" for app in apps))
    assert [len(app.seen()) for app in apps] == [1] * 12
    assert apps[0].asked_for() == ["POST"] * 12
    for each in (*replicas, quiet):
        each.stop()
    workspace.faults.clear()


def test_whoever_erases_everything_is_soon_forgotten_in_mlflow(
    url: str, served: tuple[str, dict[str, Runtime]], platform: dict[str, str], workspace: Workspace, ann: Client
) -> None:
    runtime = served[1]["now"] = Runtime(load({**platform, "MLFLOW_EXPERIMENT_ID": "1"}))
    runtime.start()
    message = messages_of(ann, chat_of(ann.ask()))[-1]
    ann.http.post("/feedback", json={"messageId": message["id"], "isUpvoted": False})
    until(lambda: len(workspace.traces.assessments(message["traceId"])) == 1)
    ann.http.request("DELETE", "/session", json={"confirm": "erase me"})
    until(lambda: not workspace.traces.assessments(message["traceId"]))
    runtime.stop()


def test_an_older_version_of_the_app_beside_this_one_changes_assessments_too(
    runtime: Runtime, workspace: Workspace, cluster: Cluster, database_name: str
) -> None:
    app = App(runtime, workspace, cluster.admin_dsn(database_name))
    app.vote(True)
    app.send()
    old = """
        INSERT INTO chat.votes (chat_id, message_id, user_id, is_upvoted, comment) VALUES (%s, %s, %s, false, 'No')
            ON CONFLICT (message_id, user_id) DO UPDATE
           SET is_upvoted = EXCLUDED.is_upvoted, comment = EXCLUDED.comment, updated_at = now()
    """
    dsn = cluster.dsn(ROLE, "tests", database_name)
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT set_config('chat.user_id', %s, true)", [ANN.id])
        cursor.execute(old, [str(app.chat_id), str(app.answer_id), ANN.id])
    assert app.delivery == "waiting"
    app.send()
    assert [(each["feedback"], each["rationale"]) for each in app.seen()] == [({"value": False}, "No")]


def test_votes_on_imported_answers_stay_here_because_a_file_may_name_any_trace(
    ann: Client, runtime: Runtime, workspace: Workspace
) -> None:
    chat_id = chat_of(ann.ask())
    file = ann.get(f"/chat/{chat_id}/export").content
    ann.http.delete(f"/chat/{chat_id}")
    ann.http.post("/import", content=file, headers=AS_BYTES).raise_for_status()
    (imported,) = ann.get("/history").json()["data"]
    answer = messages_of(ann, imported["id"])[-1]
    assert answer["traceId"]
    ann.http.post("/feedback", json={"messageId": answer["id"], "isUpvoted": False})
    assert runtime.store(ANN).votes(UUID(imported["id"]))[UUID(answer["id"])].delivery is None
    assert runtime.feedback.backlog().waiting == 0
