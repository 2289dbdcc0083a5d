"""Who may see which figures of use, and these as CSV."""
