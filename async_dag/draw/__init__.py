"""What users call: `tm.draw`, `result.draw`, and what a notebook cell shows."""
