"""The shell around the two pure cores: HTTP, SQL, files, clock, logs and settings."""
