"""Brings chats back from files."""
