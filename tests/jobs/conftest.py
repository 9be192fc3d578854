import orderhub.kernel.job_runs  # noqa: F401  (registers its tables)
