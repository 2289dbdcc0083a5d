"""How large the files of a question may be, and where a file that is kept is read."""

MAX_FILES = 10
"""A question."""
MAX_FILE_BYTES = 10 * 1024 * 1024
FILE_TOO_LARGE = f"The file is too large; {MAX_FILE_BYTES // 1024**2} MB is the most."
MAX_QUESTION_BYTES = 20 * 1024 * 1024
"""For all files of a question together. What an agent takes of them is bounded on its own."""

MAX_UNASKED_FILES = 1_000
MAX_UNASKED_BYTES = 1_000_000_000
"""Of a user's files whose questions are not asked yet. More would be a program that fills the database."""


def file_url(file_id: str) -> str:
    """Within this app. It never changes, and neither do the bytes that it gives."""
    return f"/api/attachments/{file_id}"
