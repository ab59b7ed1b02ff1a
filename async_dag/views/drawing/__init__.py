"""Drawings: shapes and texts at places in points, and how they become SVG, PNG or a matplotlib figure.

A panel draws onto a `Canvas`, which records a `Drawing`; nothing is rendered by that. What a notebook
shows by itself is a `DrawnPicture` of it, made without matplotlib, whose import alone takes half a
second. matplotlib makes the figures that users ask for (`RunFigure`), and finds fonts for characters
that its own font lacks.
"""
