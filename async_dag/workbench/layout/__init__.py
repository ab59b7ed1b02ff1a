"""Where boxes and edges of the graph panel lie."""
