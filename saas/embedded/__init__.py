"""PostgreSQL and Redis for `make run` and `make test`, when none is configured.

Plain programs from wheels, run in the foreground as our children. Not for production: the Docker
image leaves this package out. Nothing here imports Django, so that starting is quick and the
supervisor small.
"""
