"""How much an import takes. The memory that it needs is a small multiple of MAX_CHAT_CHARS, however large the file."""

MAX_FILE_BYTES = 100_000_000
MAX_UNPACKED_BYTES = 1_000_000_000
"""Of a zip, all that is read of it together."""
MAX_DIRECTORY_BYTES = 20_000_000
"""Of the list of files in a zip, which is read as a whole: a hundred thousand chats have 15 MB."""
MAX_CHAT_CHARS = 32_000_000
MAX_SKIPPED = 1_000
"""How many chats that could not be taken are named."""

MB = 1_000_000
TOO_LARGE = f"The file is too large; {MAX_FILE_BYTES // MB} MB is the most for an import."
