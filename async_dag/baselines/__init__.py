"""Really runs the same graph in other ways, for comparison."""
