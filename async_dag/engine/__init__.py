"""One invoke: starts nodes and writes the trace. It builds nothing and draws nothing."""
