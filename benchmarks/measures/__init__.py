"""What is measured inside a worker process: one module a question."""
