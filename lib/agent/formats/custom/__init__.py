"""Agents that follow no known API: a text, or an object that holds one."""
