"""The dialog that exports a chat, and the way to all chats on the Status page."""

from lib.ui.page_context import runtime
from tests.app.conftest import Opened
from tests.app.test_status import proxy  # noqa: F401
from tests.conftest import ANN
from tests.integration.tcp_proxy import TcpProxy


def test_the_dialog_says_why_nothing_can_be_exported_while_the_database_is_away(
    opened: Opened,
    proxy: TcpProxy,  # noqa: F811
) -> None:
    page = opened()
    page.chat_input[0].set_value("Which region sold most last quarter?").run()
    page.get("menu_button")[0].click("Export").run()
    assert [button.proto.label for button in page.get("download_button")] == ["Markdown", "Web page", "JSON", "CSV"]
    proxy.close()
    page.get("menu_button")[0].click("Export").run()
    assert not page.exception
    assert [error.value for error in page.error if "Lakebase is away" in error.value]
    assert page.get("download_button") == []


def test_the_status_page_shows_how_far_an_export_has_come_in_place_of_its_link(opened: Opened) -> None:
    link = "/api/export?format=json"
    page = opened("status")
    assert any(link in each.proto.body for each in page.get("html"))
    place = runtime().exports.begin(ANN.id)
    place.will_have(3)
    place.chat_is_done()
    page = opened("status")
    assert not any(link in each.proto.body for each in page.get("html"))
    [progress] = page.get("progress")
    assert progress.proto.text == "Exporting: 1 of 3 chats"
    runtime().exports.end(place)
