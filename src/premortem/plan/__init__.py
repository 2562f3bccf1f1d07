"""Asked: the plan language, its linter, and the compilation of a plan to weekly controls."""
