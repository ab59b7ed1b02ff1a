"""The ways to run the same tasks, as bands of lanes on one axis: one by one, wave by wave, as a DAG."""
