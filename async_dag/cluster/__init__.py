"""A manager's DAG on a cluster of Dask `distributed`: submission, values, and the same trace."""
