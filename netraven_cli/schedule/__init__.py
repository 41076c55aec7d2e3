"""WHEN: patterns, occurrences, and the units and crontabs that wake NetRaven."""
