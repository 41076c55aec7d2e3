"""NetRaven archives network devices' configurations into git; it needs no daemon."""

__version__ = "0.1.0"
