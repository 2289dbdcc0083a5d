"""Where agents are reached, and as whom."""
