"""What happened in one invoke, as columns; as JSON, as a file, as rows of a table."""
