"""Pictures of many runs: their profile, and the difference between two sets of them."""
