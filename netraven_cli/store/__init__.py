"""All SQL: functions that take a connection and return frozen values; the caller owns the transaction."""
