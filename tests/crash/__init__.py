"""The whole line is killed at any boundary, resumed, and held against what the devices showed."""
