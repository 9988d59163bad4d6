"""What is said while benchmarks run, on standard error: standard output is the table's."""

import sys


def say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
