"""Words from outside that are to be put into a column."""


def storable(text: str) -> str:
    """The text without what PostgreSQL refuses (NUL) or UTF-8 cannot say: one device must not spoil a transaction."""
    return text.replace("\0", "").encode(errors="replace").decode()
