"""The statistics of many runs: pure functions of numbers, on the standard library alone."""
