"""The live view in a notebook: what a run tells the page, and the widget and pictures that show it."""
