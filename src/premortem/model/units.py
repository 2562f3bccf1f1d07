"""Conversions and numerical guards: the only literals of the model that are not parameters. None says anything about the world."""

import math

WEEKS_PER_YEAR = 52.0
"""A model year is 52 weeks, as in the literature model the engine reduces to."""

WEEKS_PER_QUARTER = 13
"""Regional outcomes are kept once a quarter."""

FUTURES_PER_CHUNK = 40
"""Futures are simulated in chunks of one fixed size (``premortem.engine.simulate`` says why)."""

DAYS_PER_WEEK = 7.0

DAYS_PER_YEAR = 365.25
"""Of the calendar; a model year is 52 weeks."""

PER_HUNDRED = 100.0

PER_THOUSAND = 1_000.0

PER_HUNDRED_THOUSAND = 100_000.0

PEOPLE_PER_MILE = 10.0
"""A thousand people on a hundred miles, in people per mile."""

MILLION = 1_000_000.0

HOURS_PER_DAY = 24.0

LN2 = math.log(2.0)
"""A half time is this many time constants."""

TINY = 1e-9
"""Guards a division or a logarithm; far below one person, one kilogram, one dollar."""

CLOSES_TO = 5e-5
"""What enters an account is what left the others to this share, half of one in ten thousand; rounding stays below (`closure` says why)."""

HALVINGS = 50
"""Halvings of a bracket by which a root is found to the last bit of float32."""

NEWTON_STEPS = 8
"""Steps of Newton's method in which shares of ways add up; more change nothing in float32 (tests/model/mechanisms/test_crossings.py)."""

LARGEST_STEP = 5.0
"""The longest step of that method, in logarithms: bounds where all ways are full."""

NEVER = 1e9
"""A week that does not come."""

NEGLIGIBLE_DIVISOR = 1e-12
"""A condition of a plan that divides by less is false."""

UNCOVERED_AT_DENSITY = 1.0 / 3.0
"""The density of coverage is defined as that at which two thirds of the residents are covered."""

LARGEST_SHARE = 0.95
"""A mechanism that orders an exact number of leavers gets at most this share of the stock in one week; so do all events (a split, a
transfer of prisoners) together."""

SLOTS = 4
"""Shocks from abroad whose recovery is followed at once; of older ones only what lasts is kept."""

STEPS = 13
"""Steps a row of a past record is cut into when the model goes through it again."""
