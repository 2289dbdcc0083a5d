"""All settings, each declared once with its meaning."""
