# %% [markdown]
# # Test a plan in fifteen minutes
# From a packaged plan to your own version of it, its alternative in the same futures, and a report to hand on.
# Executed by `scripts/notebooks`; the first run on a machine compiles the model, about a minute.

# %%
import premortem as pm

pm.plans()

# %% [markdown]
# A plan is a text file. `replace` gives another plan and leaves the first as it was: here a zone of five miles instead of twenty.

# %%
narrow = pm.plan("border_task_forces").replace({"zone.depth_miles": 5})
narrow.lint().head(5)

# %% [markdown]
# Both plans meet the same futures, with the same luck and the same draws of every assumption. What was simulated before is taken from the
# user's cache.

# %%
c = pm.compare(narrow, "status_quo", futures=80, years=3)
c.table()

# %% [markdown]
# A row says what happens under both, the difference in the same future, and in how many futures the plan does better by a difference that
# matters. `plot` draws one outcome.

# %%
c.plot("us_killed")

# %% [markdown]
# Why is a number what it is? `explain` says what is counted, what moves it most, and on which sources that rests.

# %%
print(c.explain("us_killed"))

# %% [markdown]
# The report is one file that needs no network, in English or Spanish; `brief=True` makes two pages.

# %%
c.report("report.html").name, c.report("brief.html", brief=True, lang="es").name
