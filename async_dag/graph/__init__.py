"""The immutable graph of a manager, and what can be computed from it alone."""
