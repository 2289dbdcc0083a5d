"""How the page says whether chats are saved, and what the Status page gives as the reason."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest

from lib.ui.page_context import runtime
from local.postgres import Cluster
from local.workspace import ENDPOINT, Workspace
from tests.app.conftest import Opened, modes, path_of
from tests.conftest import ANN, ROLE
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import pause_for, restore_database
from tests.waiting import until


@pytest.fixture
def proxy(opened: Opened, cluster: Cluster, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TcpProxy]:
    with TcpProxy(cluster.host, cluster.port) as made:
        monkeypatch.setenv("DATABASE_URL", made.url(database_url))
        pause_for(runtime())
        yield made


@pytest.fixture
def ann_is_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_USERS", f"somebody@example.com, {ANN.id.upper()}")


def captions(page: AppTest) -> str:
    return " ".join(each.value for each in (*page.caption, *page.markdown))


def foot(page: AppTest) -> str:
    return " ".join(modes(page))


def test_with_a_reachable_database_the_page_says_that_chats_are_saved(opened: Opened) -> None:
    page = opened()
    assert "Saved in Lakebase" in foot(page)
    assert "Not saved yet" not in captions(page)


def test_a_chat_continues_during_an_outage_and_says_what_is_not_saved(opened: Opened, proxy: TcpProxy) -> None:
    page = opened()
    page.chat_input[0].set_value("Which region sold most last quarter?").run()
    assert "Not saved yet" not in captions(page)
    proxy.close()
    page.chat_input[0].set_value("And the quarter before?").run()
    assert not page.exception and not page.error
    assert [message.name.split(",")[0] for message in page.chat_message] == ["user", "assistant"] * 2
    assert captions(page).count("Not saved yet") == 2
    assert "Waking the database…" in foot(page) or "Reconnecting to Lakebase" in foot(page)
    assert "You can continue" in captions(page)
    restore_database(runtime(), proxy)
    page.run()
    assert "Not saved yet" not in captions(page)
    assert "Saved in Lakebase" in foot(page)


def test_a_new_chat_can_be_started_during_an_outage(opened: Opened, proxy: TcpProxy) -> None:
    proxy.close()
    page = opened()
    assert page.title[0].value == "What would you like to know?"
    page.chat_input[0].set_value("Which region sold most last quarter?").run()
    assert not page.exception and not page.error
    assert len(page.chat_message) == 2
    assert path_of(page)
    restore_database(runtime(), proxy)


def test_a_chat_that_cannot_be_read_during_an_outage_is_not_reported_as_missing(
    opened: Opened, proxy: TcpProxy
) -> None:
    proxy.close()
    page = opened(str(uuid4()))
    assert not page.exception
    assert [error.value for error in page.error] == ["Your chats cannot be reached right now. Try again in a minute."]
    assert [found.label for found in page.button if found.label == "Try again"]
    assert "Not found" not in [title.value for title in page.title]
    restore_database(runtime(), proxy)


def test_a_user_who_is_no_admin_sees_the_mode_and_nothing_else(opened: Opened) -> None:
    page = opened("status")
    assert not page.exception
    assert "Saved in Lakebase" in page.main.markdown[0].value
    assert not page.table


def test_an_admin_sees_details_without_secrets(ann_is_admin: None, opened: Opened, database_url: str) -> None:
    shown = opened("status").table[0].value.to_string()
    for expected in ("Endpoint", "Connections", "Credential", "Migration", "Running turns", "Last connection error"):
        assert expected in shown
    assert ":tests@" in database_url and "tests@" not in shown


def test_an_admin_reads_the_last_connection_error_with_its_code(
    ann_is_admin: None, opened: Opened, proxy: TcpProxy
) -> None:
    proxy.close()
    page = opened("status")
    assert "57P03" in page.table[0].value.to_string()
    assert page.warning[0].value.startswith("Lakebase does not answer")
    restore_database(runtime(), proxy)


def test_admins_are_told_what_to_write_when_the_lakebase_cannot_be_looked_up(
    opened: Opened,
    workspace: Workspace,
    cluster: Cluster,
    database_name: str,
    ann_is_admin: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    bound = {"PGHOST": cluster.host, "PGPORT": str(cluster.port), "PGDATABASE": database_name, "PGUSER": ROLE}
    for name, value in {**bound, "PGSSLMODE": cluster.sslmode}.items():
        monkeypatch.setenv(name, value)
    workspace.faults.lakebase.always(status=403)
    workspace.faults.instances.always(status=403)
    page = opened("status")
    assert not page.exception
    said = page.warning[0].value.replace("\\", "")
    assert all(word in said for word in ("PGHOST", "app.yaml", "LAKEBASE_ENDPOINT", "valueFrom: postgres"))
    workspace.faults.clear()
    assert workspace.minter
    workspace.minter.rotate()  # the tests set a password of their own
    until(lambda: runtime().connection_state.mode == "saved" and not runtime().connection_state.is_lost)
    page.run()
    credential = page.table[0].value.loc["Credential", "value"].replace("\\", "")
    assert credential.startswith("minted at") and credential.endswith(f"for {ENDPOINT}")
