"""What happened, in figures: one small module for each report. Everything here reads, and writes nothing."""
