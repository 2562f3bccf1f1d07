"""Meaning: comparing plans, sensitivity, robustness, discovery."""
