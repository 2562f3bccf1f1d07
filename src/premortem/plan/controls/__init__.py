"""From a plan to weekly controls."""
