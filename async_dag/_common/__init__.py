"""What every floor uses and nothing of it knows a graph: units, checks of arguments, text, extras."""
