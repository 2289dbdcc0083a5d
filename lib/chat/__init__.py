"""Turns: a question, its running answer, its end."""
