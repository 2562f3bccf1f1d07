"""Many: designs, executors, the store, and resuming."""
