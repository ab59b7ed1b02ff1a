"""A Gantt chart in a terminal that grows while a run goes on, or lines of what has ended."""
