"""The page with the figures of use."""
