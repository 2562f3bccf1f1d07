"""Many futures of a function of one, with the futures side by side in the processor's vectors: `jax.vmap` with their axis last.

`jax.vmap` moves the axis it adds to the front. An array of the model then ends in 38 regions or 22 organisations, which fill no vector: the
remainder of every row is done number by number, and that remainder costs more than the rest (docs/decisions/006). With the futures last
every elementwise loop is whole vectors.

A function is traced for one future, and its operations are then done on arrays with one axis more. There is a rule for every operation the
model spends time in; any other is given to `jax.vmap`, which knows them all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from premortem.arrays import ClosedJaxpr, Literal, jax, jnp, lax

ELEMENTWISE = frozenset(
    """
    abs add and ceil clamp convert_element_type copy div eq erf_inv exp exp2 expm1 floor ge gt integer_pow is_finite le log log1p logistic
    lt max min mul ne neg not or pow rem round rsqrt select_n shift_left shift_right_logical sign sqrt square stop_gradient sub tan tanh xor
    """.split()  # noqa: SIM905  # names, to be read as a list of words
)
ALONG_AN_AXIS = frozenset(
    """
    argmax argmin cummax cummin cumprod cumsum reduce_and reduce_max reduce_min reduce_or reduce_prod split squeeze
    """.split()  # noqa: SIM905
)
FEW = 4
"""So many terms and fewer are added one by one, in the loop that uses the sum; XLA gives more a loop of their own."""
SMALL_PRODUCT = 2000
"""A product of arrays with so many multiplications in each future and fewer is multiplied number by number."""

Shape = tuple[int, ...]
Operation: TypeAlias = Any
"""One operation of a traced function, a `jax.extend.core.JaxprEqn`, most of whose attributes JAX leaves without types."""


class Value(NamedTuple):
    """An array, and whether its last axis is that of futures; else it is the same in all."""

    array: Any
    varies: bool


def side_by_side(function: Callable[..., Any], varies: Sequence[bool]) -> Callable[..., Any]:
    """Return ``function`` of many futures.

    Parameters
    ----------
    function : a pure function of pytrees of arrays of one future.
    varies : for each of its arguments, whether all of its leaves have an axis of futures, the last one, or none has.

    Returns
    -------
    A function of the same arguments, every leaf of whose result has the axis of futures last.
    """

    def of_many(*arguments: Any) -> Any:
        leaves, tree = jax.tree.flatten(arguments)
        marks = [mark for argument, mark in zip(arguments, varies, strict=True) for _ in jax.tree.leaves(argument)]
        values = [Value(leaf, mark) for leaf, mark in zip(leaves, marks, strict=True)]
        futures = next(value.array.shape[-1] for value in values if value.varies)
        one = [
            jax.ShapeDtypeStruct(x.shape[:-1] if varies else x.shape, x.dtype)  # type: ignore[no-untyped-call]
            for x, varies in values
        ]
        traced, result = jax.make_jaxpr(function, return_shape=True)(*jax.tree.unflatten(tree, one))
        found = _evaluate(traced, values, futures)
        shapes, structure = jax.tree.flatten(result)
        return jax.tree.unflatten(
            structure, [_spread(value, shape.shape, futures) for value, shape in zip(found, shapes, strict=True)]
        )

    return of_many


def _evaluate(traced: ClosedJaxpr, values: Sequence[Value], futures: int) -> list[Value]:
    jaxpr: Any = traced.jaxpr
    known = {
        variable: Value(constant, False) for variable, constant in zip(jaxpr.constvars, traced.consts, strict=True)
    }
    known |= dict(zip(jaxpr.invars, values, strict=True))
    done: dict[Hashable, list[Value]] = {}

    def read(atom: Any) -> Value:
        return Value(atom.val, False) if isinstance(atom, Literal) else known[atom]

    for operation in _needed(jaxpr):
        same = _same(operation, known)
        results = done.get(same) if same else None
        if results is None:
            results = _do(operation, [read(atom) for atom in operation.invars], futures)
            if same:
                done[same] = results
        known |= dict(zip(operation.outvars, results, strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _needed(jaxpr: Any) -> list[Operation]:
    """Return the operations on which results depend, in their order: what mechanisms compute for nobody is not done again."""
    wanted, needed = set(map(id, jaxpr.outvars)), []
    for operation in reversed(jaxpr.eqns):
        if operation.effects or any(id(variable) in wanted for variable in operation.outvars):
            wanted.update(map(id, operation.invars))
            needed.append(operation)
    return needed[::-1]


def _same(operation: Operation, known: Mapping[Any, Value]) -> Hashable:
    """Return what two operations share that give the same: signals and outcomes ask for the same things many times over.

    Nothing for an operation that has effects, or a parameter of which equality is not known.
    """
    if operation.effects:
        return None
    given = tuple(
        (str(atom.aval), repr(atom.val)) if isinstance(atom, Literal) else id(known[atom].array)
        for atom in operation.invars
    )
    key = (operation.primitive.name, given, tuple(sorted(operation.params.items(), key=itemgetter(0))))
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _do(operation: Operation, values: list[Value], futures: int) -> list[Value]:
    name, varies = operation.primitive.name, any(value.varies for value in values)
    if name == "jit":
        return _evaluate(operation.params["jaxpr"], values, futures)
    if name == "custom_jvp_call":
        return _evaluate(operation.params["call_jaxpr"], values, futures)
    if name in LOOPS and varies:
        return LOOPS[name](operation, values, futures)
    arrays = [value.array for value in values]
    if not varies:
        results = operation.primitive.bind(*arrays, **operation.params)
    elif name in ELEMENTWISE:
        shape = operation.outvars[0].aval.shape
        results = operation.primitive.bind(*(_spread(value, shape, futures) for value in values), **operation.params)
    elif name in ALONG_AN_AXIS:
        results = operation.primitive.bind(*arrays, **operation.params)
    else:
        results = RULES.get(name, _as_jax_does)(operation, values, futures)
    return [Value(x, varies) for x in (results if operation.primitive.multiple_results else [results])]


def _spread(value: Value, shape: Shape, futures: int) -> jax.Array:
    """Return a value, of this shape in each future or a single number, for each of the futures."""
    array, varies = jnp.asarray(value.array), value.varies
    wanted = (*shape, futures)
    if array.shape == wanted:
        return array
    own = array.ndim - varies
    axes = (*range(own), len(shape)) if varies else tuple(range(own))
    return lax.broadcast_in_dim(array, wanted, axes)


def _as_jax_does(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    def bind(*arrays: Any) -> Any:
        return operation.primitive.bind(*arrays, **operation.params)

    axes = [-1 if value.varies else None for value in values]
    return jax.vmap(bind, in_axes=axes, out_axes=-1)(*(value.array for value in values))


def _scan(operation: Operation, values: Sequence[Value], futures: int) -> list[Value]:
    given = operation.params
    body, constants, carried = given["jaxpr"], given["num_consts"], given["num_consts"] + given["num_carry"]
    shapes = [variable.aval.shape for variable in body.jaxpr.outvars]
    marks = [value.varies for value in values[carried:]]
    start = [_spread(value, shape, futures) for value, shape in zip(values[constants:carried], shapes, strict=False)]

    def step(carry: list[jax.Array], row: list[jax.Array]) -> tuple[list[jax.Array], list[jax.Array]]:
        now = [Value(x, True) for x in carry]
        seen = [Value(x, mark) for x, mark in zip(row, marks, strict=True)]
        found = _evaluate(body, [*values[:constants], *now, *seen], futures)
        spread = [_spread(value, shape, futures) for value, shape in zip(found, shapes, strict=True)]
        return spread[: len(carry)], spread[len(carry) :]

    rows = [value.array for value in values[carried:]]
    options = {name: given[name] for name in ("length", "reverse", "unroll")}
    carry, reports = lax.scan(step, start, rows, **options)
    return [Value(x, True) for x in (*carry, *reports)]


def _while(operation: Operation, values: Sequence[Value], futures: int) -> list[Value]:
    """Repeat. What a loop counts is often the same in all futures, and must then stay so: it may be a place in an array."""
    given = operation.params
    body, test, of_test = given["body_jaxpr"], given["cond_jaxpr"], given["cond_nconsts"]
    start = of_test + given["body_nconsts"]
    of_body, carried = values[of_test:start], values[start:]
    marks = [value.varies for value in carried]
    shapes = [variable.aval.shape for variable in body.jaxpr.outvars]

    def now(carry: Sequence[jax.Array]) -> list[Value]:
        return [Value(x, mark) for x, mark in zip(carry, marks, strict=True)]

    def spread(found: Sequence[Value]) -> list[jax.Array]:
        return [
            _spread(value, shape, futures) if mark else value.array
            for value, shape, mark in zip(found, shapes, marks, strict=True)
        ]

    def found_to_vary(carry: list[jax.Array]) -> list[bool]:
        found: list[bool] = []

        def look(carry: list[jax.Array]) -> list[jax.Array]:
            results = _evaluate(body, [*of_body, *now(carry)], futures)
            found.extend(value.varies for value in results)
            return [value.array for value in results]

        jax.eval_shape(look, carry)
        return found

    while (wider := [a or b for a, b in zip(marks, found_to_vary(spread(carried)), strict=True)]) != marks:
        marks = wider
    decided: list[Value] = []

    def goes_on(carry: list[jax.Array]) -> jax.Array:
        decided[:] = _evaluate(test, [*values[:of_test], *now(carry)], futures)
        array: jax.Array = decided[0].array
        return array

    jax.eval_shape(goes_on, spread(carried))
    if decided[0].varies:  # every future has a course of its own
        results = _as_jax_does(operation, values, futures)
        return [Value(x, True) for x in results]
    end = lax.while_loop(
        goes_on, lambda carry: spread(_evaluate(body, [*of_body, *now(carry)], futures)), spread(carried)
    )
    return now(end)


def _cond(operation: Operation, values: Sequence[Value], futures: int) -> list[Value]:
    """Do what one number says that is the same in all futures."""
    which, *rest = values
    if which.varies:
        return [Value(x, True) for x in _as_jax_does(operation, values, futures)]
    shapes = [variable.aval.shape for variable in operation.outvars]

    def branch(body: ClosedJaxpr) -> Callable[..., list[jax.Array]]:
        def do(*arrays: jax.Array) -> list[jax.Array]:
            found = _evaluate(body, [Value(x, value.varies) for x, value in zip(arrays, rest, strict=True)], futures)
            return [_spread(value, shape, futures) for value, shape in zip(found, shapes, strict=True)]

        return do

    results = lax.switch(which.array, [branch(body) for body in operation.params["branches"]], *(x.array for x in rest))
    return [Value(x, True) for x in results]


def _broadcast(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    shape, axes = operation.params["shape"], operation.params["broadcast_dimensions"]
    return lax.broadcast_in_dim(values[0].array, (*shape, futures), (*axes, len(shape)))


def _reshape(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    return lax.reshape(values[0].array, (*operation.params["new_sizes"], futures))


def _transpose(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    order = operation.params["permutation"]
    return lax.transpose(values[0].array, (*order, len(order)))


def _slice(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    given = operation.params
    strides = given["strides"] and (*given["strides"], 1)
    return lax.slice(values[0].array, (*given["start_indices"], 0), (*given["limit_indices"], futures), strides)


def _concatenate(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    parts = zip(values, operation.invars, strict=True)
    return lax.concatenate(
        [_spread(value, atom.aval.shape, futures) for value, atom in parts], operation.params["dimension"]
    )


def _stack(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    shape = operation.invars[0].aval.shape
    return jnp.stack([_spread(value, shape, futures) for value in values], operation.params["axis"])


def _sum(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    return _added(values[0].array, operation.params["axes"])


def _added(array: jax.Array, axes: Sequence[int]) -> jax.Array:
    for axis in sorted(axes, reverse=True):
        terms = range(array.shape[axis])
        few = (lax.index_in_dim(array, i, axis, keepdims=False) for i in terms)
        array = sum(few, jnp.zeros((), array.dtype)) if len(terms) <= FEW else array.sum(axis)
    return array


def _rows(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    """Take rows by fixed indices, of all futures at once."""
    if [value.varies for value in values] != [True, False]:
        return _as_jax_does(operation, values, futures)
    given, out = operation.params, operation.outvars[0].aval
    numbers = given["dimension_numbers"]
    numbers = numbers._replace(offset_dims=(*numbers.offset_dims, out.ndim))
    changed = {"dimension_numbers": numbers, "slice_sizes": (*given["slice_sizes"], futures)}
    return operation.primitive.bind(*(value.array for value in values), **given | changed)


def _part(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    """Take a part at a place that is the same in all futures."""
    array, *places = values
    if any(place.varies for place in places):
        return _as_jax_does(operation, values, futures)
    sizes = (*operation.params["slice_sizes"], futures)
    return lax.dynamic_slice(array.array, _places(places), sizes)


def _part_replaced(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    """Replace a part at a place that is the same in all futures."""
    array, part, *places = values
    if any(place.varies for place in places):
        return _as_jax_does(operation, values, futures)
    whole, new = (
        _spread(x, atom.aval.shape, futures) for x, atom in zip((array, part), operation.invars, strict=False)
    )
    return lax.dynamic_update_slice(whole, new, _places(places))


def _places(places: Sequence[Value]) -> list[Any]:
    return [*(place.array for place in places), jnp.zeros((), places[0].array.dtype) if places else 0]


def _product(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    """Multiply arrays. A fixed one comes first: its product with all futures is one product of two matrices."""
    left, right = values
    (left_summed, right_summed), (left_batch, right_batch) = operation.params["dimension_numbers"]
    kind = operation.params["preferred_element_type"]
    if left.varies and right.varies:
        return _products(operation, values, futures)
    if right.varies:
        numbers = ((left_summed, right_summed), (left_batch, right_batch))
        return lax.dot_general(left.array, right.array, numbers, preferred_element_type=kind)
    numbers = ((right_summed, left_summed), (right_batch, left_batch))
    product = lax.dot_general(right.array, left.array, numbers, preferred_element_type=kind)
    batch = len(left_batch)
    of_right = right.array.ndim - len(right_summed) - batch
    of_left = product.ndim - 1 - batch - of_right
    order = (*range(batch), *range(batch + of_right, batch + of_right + of_left), *range(batch, batch + of_right))
    return lax.transpose(product, (*order, product.ndim - 1))


def _products(operation: Operation, values: Sequence[Value], futures: int) -> Any:
    """Multiply arrays that both differ between futures: small ones number by number, which needs no other arrangement in memory."""
    left, right = values[0].array, values[1].array
    (left_summed, right_summed), (left_batch, right_batch) = operation.params["dimension_numbers"]
    terms = math.prod(left.shape[axis] for axis in left_summed)
    if terms * math.prod(operation.outvars[0].aval.shape) > SMALL_PRODUCT:
        return _as_jax_does(operation, values, futures)
    left_free = [axis for axis in range(left.ndim - 1) if axis not in {*left_summed, *left_batch}]
    right_free = [axis for axis in range(right.ndim - 1) if axis not in {*right_summed, *right_batch}]
    left = lax.transpose(left, (*left_summed, *left_batch, *left_free, left.ndim - 1))
    right = lax.transpose(right, (*right_summed, *right_batch, *right_free, right.ndim - 1))
    shared = len(left_summed) + len(left_batch)
    left = lax.expand_dims(left, range(left.ndim - 1, left.ndim - 1 + len(right_free)))
    right = lax.expand_dims(right, range(shared, shared + len(left_free)))
    return _added(left * right, range(len(left_summed)))


RULES: dict[str, Callable[[Operation, Sequence[Value], int], Any]] = {
    "broadcast_in_dim": _broadcast,
    "concatenate": _concatenate,
    "dot_general": _product,
    "dynamic_slice": _part,
    "dynamic_update_slice": _part_replaced,
    "gather": _rows,
    "reduce_sum": _sum,
    "reshape": _reshape,
    "slice": _slice,
    "stack": _stack,
    "transpose": _transpose,
}

LOOPS: dict[str, Callable[[Operation, Sequence[Value], int], list[Value]]] = {
    "cond": _cond,
    "scan": _scan,
    "while": _while,
}
"""Rules for operations made of others, which know themselves what varies in their results."""
