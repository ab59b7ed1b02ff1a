"""The live view as a widget, shown on demand or by the IPython extension."""
