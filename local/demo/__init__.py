"""The demo agent: answers questions about a small shop's data with rules and SQL, without a language model."""
