"""What became of the chats of a file."""

from dataclasses import dataclass, field

from lib.importer.limits import MAX_SKIPPED
from lib.store.chat_record import MAX_MESSAGES_A_CHAT
from lib.store.imports import ImportOutcome

REASONS = {
    "in_trash": "You have this chat already, in the trash. Restore it there.",
    "no_room": "There is no room for it in this app's memory, where chats are kept without a database. "
    f"It takes chats with up to {MAX_MESSAGES_A_CHAT} messages.",
    "no_id": "You have deleted this chat for good too often to import it again.",
}


@dataclass(frozen=True)
class Skipped:
    title: str
    reason: str


@dataclass
class Report:
    """`skipped` are chats that were not taken, and what could not be taken of others."""

    imported: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    more_skipped: int = 0

    def add(self, title: str, outcome: ImportOutcome) -> None:
        match outcome.kind:
            case "imported":
                self.imported += 1
            case "unchanged":
                self.unchanged += 1
                if outcome.lacking:
                    self.skip(title, _lacking(outcome.lacking))
            case kind:
                self.skip(title, REASONS[kind])

    def skip(self, title: str, reason: str) -> None:
        if len(self.skipped) < MAX_SKIPPED:
            self.skipped.append(Skipped(title, reason))
        else:
            self.more_skipped += 1

    @property
    def all_skipped(self) -> list[Skipped]:
        more = [Skipped(f"{self.more_skipped:,} more", "There are too many to name.")] if self.more_skipped else []
        return [*self.skipped, *more]


def _lacking(messages: int) -> str:
    if messages == 1:
        return "You have this chat already, and the file has a message that it lacks. It was left as it is."
    return f"You have this chat already, and the file has {messages:,} messages that it lacks. It was left as it is."
