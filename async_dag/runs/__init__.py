"""Many runs: their history, what makes them slow, what changed between two sets of them."""
