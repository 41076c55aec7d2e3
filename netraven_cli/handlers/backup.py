"""The job type `backup`: from a device to an accepted configuration in git."""

from __future__ import annotations
