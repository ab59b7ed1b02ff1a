"""The same graph really run other ways, to compare with."""
