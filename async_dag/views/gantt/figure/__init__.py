"""Gantt charts as drawings: in a cell as they are, as a figure of matplotlib for users who ask for one.

The modules `run_picture` and `baseline_picture` make whole pictures. To put a
chart into a drawing of your own, make a `Canvas`, then a `ColumnLayout` and a `GanttPanel`:

    facts = RunFacts(trace)
    rows = gantt_rows(facts, critical=...)
    look = look_for("notebook", "light")
    columns = ColumnLayout(look, until, [row.title for row in rows], left=300, right=680)
    panel = GanttPanel(facts, rows, look, columns)
    canvas = Canvas(look, height)
    panel.draw(canvas, top=40)        # takes panel.height points; canvas.drawing has it

Lengths are points from the top left corner. Nothing here renders: see `views.drawing`.
"""
