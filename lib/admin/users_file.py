"""The list of users that an administrator may give to an import: which address belongs to which id of the template."""

import csv
from collections.abc import Mapping
from pathlib import Path

from lib.errors import BadInput

_HEADINGS = ({"userid", "email"}, {"id", "email"})
NOT_TWO = "Line {} of the list of users does not have two columns, userId and email."
NO_ADDRESS = "Line {} of the list of users: {} is no e-mail address."
TWICE = "Line {} of the list of users names a user for the second time, with another address."
UNREADABLE = "The list of users cannot be read: {}."


def read_users(path: Path) -> Mapping[str, str | None]:
    """Addresses by the template's user id; None for a user whose chats are to be left out. Raises BadInput."""
    users: dict[str, str | None] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.reader(file), start=1):
                cells = [cell.strip() for cell in row]
                if any(cells) and not (number == 1 and {cell.lower() for cell in cells} in _HEADINGS):
                    _add(users, number, cells)
    except (OSError, UnicodeError, csv.Error) as error:
        raise BadInput(UNREADABLE.format(type(error).__name__)) from error
    return users


def _add(users: dict[str, str | None], number: int, cells: list[str]) -> None:
    if len(cells) != 2 or not cells[0]:
        raise BadInput(NOT_TWO.format(number))
    id, address = cells
    if address and not is_address(address):
        raise BadInput(NO_ADDRESS.format(number, address))
    if users.get(id, address or None) != (address or None):
        raise BadInput(TWICE.format(number))
    users[id] = address or None


def is_address(text: str) -> bool:
    """An id of the platform may look like 123@456, but has no dot behind the @."""
    name, at, host = text.partition("@")
    return bool(name and at and "." in host) and not any(sign.isspace() for sign in text)
