"""How an owner changes several chats at once: each is an edit of `lib.store.edits` with a query that takes many ids."""

from lib.store import edits
from lib.store.edits import Edit


def archive(archived: bool) -> Edit:
    return Edit("archive_chats", {"archived": archived}, edits.archive(archived).applied)


def set_visibility(visibility: str) -> Edit:
    """Private or, without limits, public. Raises BadInput for anything else."""
    edit = edits.set_visibility(visibility)
    return Edit(
        "set_visibility_of_chats",
        {"visibility": visibility},
        lambda chat: chat if chat.visibility == visibility else edit.applied(chat),
    )
