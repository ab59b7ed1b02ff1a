"""What a page is told of the runs that it shows."""
