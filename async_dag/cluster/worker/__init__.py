"""What runs on the workers and the scheduler: importable there, and light."""
