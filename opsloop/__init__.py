"""opsloop: detect exceptions with SQL monitors, resolve them as incidents, improve from the log."""
