"""Draws one chat: its header, its messages and the composer."""
