"""The live view: the data sent to its page, and the widget and pictures that show it."""
