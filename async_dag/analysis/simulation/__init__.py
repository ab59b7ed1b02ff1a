"""Computed schedules: the durations of a run, arranged another way."""
