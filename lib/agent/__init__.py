"""Calls an agent and turns its answer into events."""
