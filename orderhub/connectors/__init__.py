"""Who is outside? Every HTTP call of the hub starts in this room."""
