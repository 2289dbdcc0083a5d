"""The app as a server of the Responses API, for the `openai` client."""
