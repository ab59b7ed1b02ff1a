"""A graph or a run for other programs: networkx, trace viewers, OpenTelemetry."""
