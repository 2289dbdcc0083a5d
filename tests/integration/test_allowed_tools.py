"""The tools that are always allowed in a chat, in both stores."""

from uuid import UUID

import pytest

from lib.errors import BadInput, Gone
from lib.identity import User
from lib.store.allowed_tools import MAX_ALLOWED_TOOLS, MAX_NAME_CHARS, AllowedTool
from lib.store.store import Store
from tests.integration.stores import Stores
from tests.integration.test_store import answered

MAIL, SAME_NAME = AllowedTool("send", "mail"), AllowedTool("send")
OF_ANOTHER = AllowedTool("send", "mail", "another-agent")


@pytest.fixture
def store(stores: Stores, owner: User) -> Store:
    return stores.store(owner)


@pytest.fixture
def chat_id(store: Store) -> UUID:
    return answered(store).chat_id


def test_a_tool_is_allowed_once_and_known_by_its_name_its_server_and_its_agent(store: Store, chat_id: UUID) -> None:
    for tool in (MAIL, SAME_NAME, OF_ANOTHER, MAIL):
        assert store.allow_tool(chat_id, tool, True)
    assert store.list_allowed_tools(chat_id) == [SAME_NAME, OF_ANOTHER, MAIL]
    chat = store.get_chat(chat_id)
    assert chat and chat.allows_tools
    for tool in (MAIL, MAIL, SAME_NAME, OF_ANOTHER):
        assert store.allow_tool(chat_id, tool, False)
    assert store.list_allowed_tools(chat_id) == []
    chat = store.get_chat(chat_id)
    assert chat and not chat.allows_tools


def test_names_and_their_number_are_bounded(store: Store, chat_id: UUID) -> None:
    for name in ("", "x" * (MAX_NAME_CHARS + 1)):
        with pytest.raises(BadInput):
            store.allow_tool(chat_id, AllowedTool(name), True)
    allowed = [store.allow_tool(chat_id, AllowedTool(f"tool {number}"), True) for number in range(MAX_ALLOWED_TOOLS)]
    assert all(allowed)
    assert not store.allow_tool(chat_id, AllowedTool("one more"), True)
    assert store.allow_tool(chat_id, AllowedTool("tool 0"), False)
    assert store.allow_tool(chat_id, AllowedTool("one more"), True)


def test_in_the_trash_nothing_is_allowed_and_it_comes_back_with_the_chat(store: Store, chat_id: UUID) -> None:
    store.allow_tool(chat_id, MAIL, True)
    store.trash_chat(chat_id)
    assert store.list_allowed_tools(chat_id) == []
    with pytest.raises(Gone):
        store.allow_tool(chat_id, SAME_NAME, True)
    store.restore_chat(chat_id)
    assert store.list_allowed_tools(chat_id) == [MAIL]
