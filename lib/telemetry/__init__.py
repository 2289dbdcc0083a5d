"""Metrics and traces of the app, with OpenTelemetry, where the platform collects them."""
