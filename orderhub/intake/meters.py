"""What does this process count of what it takes in? Collectors of its own, read by ``/api/metrics``."""

from prometheus_client import CollectorRegistry, Counter, Histogram

METERS = CollectorRegistry()
ACCEPTED = Counter("orderhub_accepted", "Messages kept durably, by where they came from.", ["source"], registry=METERS)
TAKEN = Counter("orderhub_taken_in_sets", "Kept orders taken in sets.", registry=METERS)
TAKEN_SECONDS = Counter(
    "orderhub_taken_in_sets_processor_seconds", "Processor time that the sets took.", registry=METERS
)
COMMIT_SECONDS = Histogram(
    "orderhub_group_commit_seconds",
    "Until a group of messages is durable, the wait for its turn to write included.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=METERS,
)
COMMIT_WISHES = Histogram(
    "orderhub_group_commit_messages",
    "Messages that shared one durable write.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200),
    registry=METERS,
)
