# %% [markdown]
# # Which assumption decides?
# Most of what the model says of a plan that nobody has tried rests on assumptions. This notebook finds those that matter, and what a
# reader's own values do to the answer.

# %%
import premortem as pm

c = pm.compare("border_task_forces", "status_quo", futures=120, years=3)
c.decides().head(8)

# %% [markdown]
# `score` is the mean squared rank correlation over the headline outcomes. `clear` says whether an input stands out from chance.
# The strongest can be looked up: its prior, its grade, and the facts it rests on.

# %%
strongest = next(row for row in c.decides().iter_rows(named=True) if row["kind"] == "parameter")
pm.evidence(strongest["input"])

# %% [markdown]
# Every future is a row. Here the futures in which that input is low, beside those in which it is high.

# %%
import polars as pl

draws = c.study.store.draws().collect().select("future", strongest["input"])
by_future = c.study.frame().select("plan", "future", "violent_deaths_mx").pivot(on="plan", index="future")
joined = by_future.join(draws, on="future").with_columns(
    difference=pl.col("border_task_forces") - pl.col("status_quo"),
    half=pl.when(pl.col(strongest["input"]) > pl.col(strongest["input"]).median())
    .then(pl.lit("high"))
    .otherwise(pl.lit("low")),
)
joined.group_by("half").agg(pl.col("difference").mean(), futures=pl.len()).sort("half")

# %% [markdown]
# Several outcomes become one number only by weights, and weights are judgements. So the answer comes with what each weight does to it.

# %%
found = c.weigh({"homicides_mx": 1.0, "us_killed": 3.0, "fiscal_cost": 1e-7})
found.better, {part.outcome.id: (part.better, part.turns_at) for part in found.parts}

# %% [markdown]
# Outcomes over time are an xarray dataset with dates. Homicides by year of 52 weeks: the median and nine futures in ten.

# %%
weekly = c.dataset()["homicides_mx"]
by_year = weekly.coarsen(week=52, boundary="trim").sum()
by_year.quantile([0.05, 0.5, 0.95], "future").to_series().unstack("quantile").round(-2)
