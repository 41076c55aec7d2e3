"""The queue beside its peers, on the same guarantees, in one run."""
