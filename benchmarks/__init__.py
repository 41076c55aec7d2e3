"""Measurements: always a ratio to a floor or a peer in the same run; none of them decides a test."""
