"""A node, its options, what can be known of its function, and the plan that `sort` makes."""
