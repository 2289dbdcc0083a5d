"""What the readers of several formats need."""
