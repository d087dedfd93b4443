"""Hessian-free optimisation against descent: the tasks, the runs, the report."""
