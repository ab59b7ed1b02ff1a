"""The file of a history: SQLite, one blob a run, written by a thread of its own."""
