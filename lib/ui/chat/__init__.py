"""The page of one chat: its header, its messages, and the box to write in."""
