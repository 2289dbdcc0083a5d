"""`make deploy`: from this checkout to a running Databricks App, in steps that say what to do when they fail."""
