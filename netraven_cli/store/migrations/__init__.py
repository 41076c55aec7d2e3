"""The history of the schema, as Alembic runs it; loaded by `init` and `database migrate` alone."""
