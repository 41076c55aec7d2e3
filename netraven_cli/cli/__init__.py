"""What the operator types: cli/X.py is `netraven X`."""
