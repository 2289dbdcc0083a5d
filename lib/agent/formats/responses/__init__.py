"""OpenAI's Responses API, which Databricks' ResponsesAgent speaks."""
