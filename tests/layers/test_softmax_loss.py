import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.layers.softmax_loss import softmax_loss, softmax_losses

ROWS, INPUTS, VOCABULARY = 7, 5, 11
TWO_SLICES = 4 * VOCABULARY * 8
TOLERANCE = {
    "float64": 1e-13,  # sums of a few terms of order one
    "mixed": 2e-2,  # operands of bfloat16 have 8 bits; relative to the norm of the result
}


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def problem(dtype=np.float64):
    draw = np.random.default_rng(0)
    shapes = [(ROWS, INPUTS), (INPUTS, VOCABULARY), (VOCABULARY,)]
    ys, weight, bias = (draw.standard_normal(shape).astype(dtype) for shape in shapes)
    weights = draw.random(ROWS).astype(dtype)
    weights[2] = 0
    return (ys, weight, bias, weights), draw.integers(0, VOCABULARY, ROWS).astype(np.int32)


def plain(ys, weight, bias, weights, targets):
    """The definition, on the whole of the logits."""
    chances = jax.nn.log_softmax(ys @ weight + bias)
    return -(weights * chances[np.arange(ROWS), targets]).sum()


def fused(targets, **options):
    return scored(softmax_loss, targets, options)


def losses(targets, **options):
    return scored(lambda *args, **how: args[-1] @ softmax_losses(*args[:-1], **how), targets, options)


def scored(function, targets, options):
    def of(ys, weight, bias, weights):
        ys, weight, bias, weights = map(jnp.asarray, (ys, weight, bias, weights))
        weight = weight.T if options.get("tied") else weight
        return function(ys, weight, bias, jnp.asarray(targets), weights, **options)

    return jax.jit(of)


def direction(args):
    draw = np.random.default_rng(9)
    return tuple(draw.standard_normal(a.shape).astype(a.dtype) for a in args)


def inner(a, b):
    return sum(jnp.vdot(x, y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))


EVERYTHING = (0, 1, 2, 3)
MODES = {
    "value": lambda f, args: f(*args),
    "gradient": lambda f, args: jax.grad(f, EVERYTHING)(*args),
    "gradient by one": lambda f, args: jax.grad(lambda *a: jnp.sin(f(*a) / ROWS))(*args),
    "gradient in a loop": lambda f, args: jax.grad(
        lambda *a: jax.lax.scan(lambda s, _: (s + jax.checkpoint(f)(*a), None), 0.0, None, length=2)[0], EVERYTHING
    )(*args),
    "jvp": lambda f, args: jax.jvp(f, args, direction(args))[1],
    "jvp of gradient": lambda f, args: jax.jvp(jax.grad(f, EVERYTHING), args, direction(args))[1],
    "gradient of gradient": lambda f, args: jax.grad(
        lambda *a: inner(jax.grad(f, EVERYTHING)(*a), direction(args)), EVERYTHING
    )(*args),
    "jvp of gradient of each of two": lambda f, args: jax.vmap(
        lambda *a: jax.jvp(jax.grad(f, EVERYTHING), a, direction(args))[1]
    )(*jax.tree.map(lambda a: jnp.stack([a, 1.5 * a]), args)),
}
FIRST_AND_SECOND = ("value", "gradient", "jvp of gradient")


def in_modes(f, args, modes):
    return jax.jit(lambda args: {mode: MODES[mode](f, args) for mode in modes})(args)


def distance(found, wanted):
    pairs = [
        (np.asarray(a), np.asarray(b)) for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True)
    ]
    return np.sqrt(sum(((a - b) ** 2).sum() for a, b in pairs) / sum((b**2).sum() for _, b in pairs))


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_agrees_with_the_definition_in_float64(mode):
    args, targets = problem()
    found = in_modes(fused(targets), args, [mode])
    wanted = in_modes(lambda *b: plain(*b, targets), args, [mode])
    assert distance(found, wanted) < TOLERANCE["float64"]


@pytest.mark.parametrize("make", [fused, losses])
@pytest.mark.parametrize("tied", [False, True])
def test_slices_and_ties_change_no_first_or_second_derivative(make, tied):
    args, targets = problem()
    wanted = in_modes(lambda *b: plain(*b, targets), args, FIRST_AND_SECOND)
    found = in_modes(make(targets, tied=tied, memory=TWO_SLICES), args, FIRST_AND_SECOND)
    assert distance(found, wanted) < TOLERANCE["float64"]


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("memory", [2**28, TWO_SLICES // 2])
def test_mixed_precision_agrees_to_the_width_of_its_operands(tied, memory):
    args, targets = problem(np.float32)
    wanted = in_modes(lambda *b: plain(*b, targets), args, FIRST_AND_SECOND)
    found = in_modes(fused(targets, tied=tied, memory=memory, precision="mixed"), args, FIRST_AND_SECOND)
    for mode in FIRST_AND_SECOND:
        assert distance(found[mode], wanted[mode]) < TOLERANCE["mixed"]
    assert {a.dtype for a in jax.tree.leaves(found)} == {jnp.dtype("float32")}


def test_mixed_precision_honours_float64():
    args, targets = problem()
    assert distance(fused(targets, precision="mixed")(*args), plain(*args, targets)) < TOLERANCE["float64"]


def test_a_bias_keeps_its_digits_in_mixed_precision():
    targets = np.zeros(ROWS, np.int32)
    bias = np.linspace(-9.07, 0.33, VOCABULARY, dtype=np.float32)
    ys, weight = np.zeros((ROWS, INPUTS), np.float32), np.zeros((INPUTS, VOCABULARY), np.float32)
    one = np.eye(ROWS, dtype=np.float32)[0]
    found = losses(targets, precision="mixed")(ys, weight, bias, one)
    assert np.allclose(found, -jax.nn.log_softmax(bias)[0], rtol=1e-5)


def test_rows_of_weight_zero_count_nothing():
    (ys, weight, bias, weights), targets = problem()
    gradient = jax.jit(jax.grad(fused(targets)))(ys, weight, bias, weights)
    assert not gradient[2].any()
    assert gradient[1].any()


def test_logits_of_any_size_are_as_likely_as_their_differences_say():
    args, targets = problem()
    ys, weight, bias, weights = args
    for far in (1e4, -1e4):
        assert abs(fused(targets)(ys, weight, bias + far, weights) - plain(*args, targets)) < 1e-10


@pytest.mark.parametrize("precision", ["float32", "mixed"])
def test_no_more_logits_than_the_bound_are_ever_kept(precision):
    rows, inputs, vocabulary, memory = 4096, 8, 4096, 2**22
    shapes = [(rows, inputs), (inputs, vocabulary), (vocabulary,), (rows,)]
    args = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    targets = np.zeros(rows, np.int32)
    gradient = jax.jit(jax.grad(fused(targets, precision=precision, memory=memory), EVERYTHING))
    temporary = gradient.lower(*args).compile().memory_analysis().temp_size_in_bytes
    assert temporary < 4 * memory < rows * vocabulary * 4
