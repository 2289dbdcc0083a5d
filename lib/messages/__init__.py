"""The typed parts of a message, their JSON, and the path to a leaf."""
