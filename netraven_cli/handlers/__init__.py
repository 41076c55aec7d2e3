"""WHAT: one file per job type."""
