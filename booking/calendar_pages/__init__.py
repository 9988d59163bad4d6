"""The calendar's day, week and month, read for the screen. Nothing here writes."""
