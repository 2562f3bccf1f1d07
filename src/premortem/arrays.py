"""JAX, imported here alone: it sets environment variables (a level of logs, a query of TPUs), and this package changes none."""

from premortem.environment import kept

with kept():
    import jax
    import jax.numpy as jnp
    from jax import export, lax
    from jax.custom_batching import custom_vmap
    from jax.extend.core import ClosedJaxpr, Literal
    from jax.scipy.special import expit, logit

__all__ = ["ClosedJaxpr", "Literal", "custom_vmap", "expit", "export", "jax", "jnp", "lax", "logit"]
