"""Measures the budgets of docs/budgets.md."""
