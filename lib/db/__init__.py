"""Engine, credentials, migrations and failures of the database."""
