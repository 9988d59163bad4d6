"""The benchmarks: `make bench`, or `make bench ARGS="pages signup"` for some of them.

Where there is a peer, we and it are measured in turns in the same run, on the same servers, so that
whatever else the machine does hits both. Each module makes databases of its own and drops them.
"""
