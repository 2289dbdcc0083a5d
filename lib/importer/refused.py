"""Why something cannot be taken, in words for the person who wants it back."""


class NotTakenChat(Exception):
    """One chat of a file. The others are taken all the same."""


class UnknownDocument(NotTakenChat):
    """It is no chat in any of the formats."""

    def __init__(self) -> None:
        super().__init__("This is not a chat of Lakechat, ChatGPT or Open WebUI.")


KINDS = "Lakechat's JSON or zip, ChatGPT's conversations.json or zip, and Open WebUI's JSON can be imported."
BROKEN = f"The file cannot be read: it is broken, or of another kind. {KINDS}"
NO_CHATS = f"There are no chats in this file. {KINDS}"
