"""Commands for administrators: the import from Databricks' chat template."""
