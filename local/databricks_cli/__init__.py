"""A stand-in for the Databricks CLI, for tests: the commands that Lakechat calls, against the local workspace.

It reads the same files as the real program (`databricks.yml`, `.databrickscfg`, the cache of tokens), makes its HTTP
requests, and answers with its texts, its JSON and its exit codes. What fails, fails because the workspace refuses it.
"""
