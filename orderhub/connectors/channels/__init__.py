"""Where are orders sold? One folder a channel, the same files in each, one line in `registry.py`."""
