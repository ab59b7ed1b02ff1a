"""The messages to a page about the runs that it shows."""
