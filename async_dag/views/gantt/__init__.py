"""Gantt charts of a run: rows and bars, in text, in Mermaid, and drawn in `figure`."""
