"""What happens when paid time is over: the sweep, what it does to each, and its dry run."""
