"""The web application: the plan in an editor, its run in a queue, its report as a page (docs/web.md).

It needs the extra ``premortem[web]`` and is imported by ``premortem serve`` only.
"""
