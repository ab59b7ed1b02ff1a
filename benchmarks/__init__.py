"""What the machinery costs, measured beside hand-written asyncio and other libraries.

`python -m benchmarks` runs them; README.md here says how the figures are taken.
"""
