"""Version 1 of the REST API; fields are only ever added to it."""
