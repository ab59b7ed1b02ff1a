"""Gantt charts drawn by matplotlib.

The modules `run_figure`, `baseline_figure` and `comparison_figure` make whole figures. To put a chart
into a picture of your own, make a `Canvas` of your figure, then a `ColumnLayout` and a `GanttPanel`:

    facts = RunFacts(trace)
    rows = gantt_rows(facts, critical=...)
    look = look_for("notebook", "light")
    columns = ColumnLayout(look, until, [row.title for row in rows], left=300, right=680)
    panel = GanttPanel(facts, rows, look, columns)
    canvas = Canvas(figure, look, height)
    panel.draw(canvas, top=40)        # takes panel.height points

Lengths are points from the top left corner. Nothing here uses pyplot, so no figure stays registered, no
backend is chosen, and any thread may draw.
"""
