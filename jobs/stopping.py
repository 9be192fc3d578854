"""Is this process about to end? Long jobs look here between their steps, so that nobody waits for them."""

from threading import Event

STOPPING = Event()
