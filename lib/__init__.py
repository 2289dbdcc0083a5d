"""Everything that is deployed, besides the launcher and the pages."""
