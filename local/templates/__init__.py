"""What the Databricks CLI and the Apps gallery make of this repository, when a project is started from it.

`bundle_init` is `databricks bundle init`, `apps_init` is `databricks apps init --template`, and `checkout` is what both
begin with and all that the gallery does. docs/templates.md tells how people use them.
"""
