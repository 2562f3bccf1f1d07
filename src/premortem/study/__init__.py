"""Studies: many plans in many futures, on any number of machines, with nothing lost.

``spec`` says what is asked, ``design`` which futures, ``experiment`` how they are made of plans, theatre and evidence;
``chunk`` is the piece of work, ``executors`` where it is done, ``store`` where its results are, ``conduct`` what does all that is missing.
"""
