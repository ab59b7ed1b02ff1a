"""Building a DAG and invoking it: `TaskManager` and `build_dag`."""
