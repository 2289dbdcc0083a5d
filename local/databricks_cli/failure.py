"""How the program ends when something fails."""


class Failure(Exception):
    """The text is printed behind "Error: ", and the exit code is 1."""


class AlreadyPrinted(Exception):
    """The exit code is 1, and what there is to say was said."""
