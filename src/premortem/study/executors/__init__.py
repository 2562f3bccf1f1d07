"""Where chunks are computed: threads of this process, processes of this machine, or a Dask cluster."""

from premortem.study.executors.base import Executor, Failed, Finished, Work
from premortem.study.executors.processes import Processes
from premortem.study.executors.threads import Threads

__all__ = ["Executor", "Failed", "Finished", "Processes", "Threads", "Work"]
