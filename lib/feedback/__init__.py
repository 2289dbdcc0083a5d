"""Votes on answers, and how they reach MLflow and Genie."""
