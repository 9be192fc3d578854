"""The hub as it is served, but no rate ends a run of thousands of calls a minute."""

from orderhub.api import rates

rates.READS_PER_MINUTE = rates.POSTS_PER_MINUTE = rates.FORGED_PER_MINUTE = rates.PER_ADDRESS = 10**9

from orderhub.app import app

__all__ = ["app"]
