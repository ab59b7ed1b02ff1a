"""The layout of the graph panel."""
