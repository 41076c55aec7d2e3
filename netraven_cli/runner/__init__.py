"""HOW: plan, claim, pool, settle."""
