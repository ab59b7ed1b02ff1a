"""What a trace says: where the time went, what limited the run, what would change it."""
