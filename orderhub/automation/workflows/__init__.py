"""What follows from an event? One file each: the ``KINDS`` it listens for, and ``run(session, event)``."""
