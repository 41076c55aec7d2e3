"""The container's and the installation's scripts, as far as they can be proven without root; the rest is `make lab`."""
