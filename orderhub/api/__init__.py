"""The face for programs: pushes from channels, health, metrics and the REST API."""
