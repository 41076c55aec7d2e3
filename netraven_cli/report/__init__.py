"""Figures of how things stand."""
