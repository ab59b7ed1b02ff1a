"""Pictures of a graph and of a run, one file a picture; `draw.py` is what users call them through."""
