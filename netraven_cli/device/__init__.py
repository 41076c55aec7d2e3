"""Sessions on devices."""
