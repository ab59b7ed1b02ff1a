"""Pictures of a graph and of a run. They know graphs, traces and analysis, never the engine."""
