"""Our snake convolution equals torchvision's deformable convolution at the offsets of a snake."""

import pytest
import torch
import torch.nn.functional as F
from oracle import EXACT, Draw, assert_same

from course_lib.layers import snake


def walked(steps):
    """The path of a snake, tap by tap as the paper writes it: from the centre to the very ends, on both sides."""
    k = steps.shape[1]
    path = [torch.zeros_like(steps[:, 0]) for _ in range(k)]
    for c in range(1, k // 2 + 1):
        path[k // 2 + c] = path[k // 2 + c - 1] + steps[:, k // 2 + c]
        path[k // 2 - c] = path[k // 2 - c + 1] + steps[:, k // 2 - c]
    return torch.stack(path, 1)


def deformed(x, steps, weight, bias, morph):
    """The same by torchvision: offsets are pairs (down, right), of which a snake moves one."""
    from torchvision.ops import deform_conv2d

    path, k = walked(steps), steps.shape[1]
    pairs = [path, torch.zeros_like(path)] if morph == 0 else [torch.zeros_like(path), path]
    padding = (0, k // 2) if morph == 0 else (k // 2, 0)
    return deform_conv2d(x, torch.stack(pairs, 2).flatten(1, 2), weight, bias, padding=padding)


def random_case(seed, morph):
    draw = Draw(seed)
    n, c, o, k, size = (
        draw.number(2, 3),
        draw.number(1, 3),
        draw.number(1, 3),
        2 * draw.number(1, 4) + 1,
        draw.pair(3, 7),
    )
    x, steps = draw.normal(n, c, *size), draw.uniform(-1, 1, n, k, *size)
    weight = draw.normal(o, c, *((1, k) if morph == 0 else (k, 1)))
    return x, steps, weight, draw.normal(o) if draw.number(0, 1) else None


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("morph", [0, 1])
def test_values_and_gradients_equal_a_deformable_convolution(morph, seed):
    assert_same(
        lambda *inputs: snake.snake_conv2d(*inputs, morph),
        lambda *inputs: deformed(*inputs, morph),
        *random_case(seed, morph),
    )


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("morph", [0, 1])
def test_without_steps_it_is_an_ordinary_convolution(morph, seed):
    x, steps, weight, bias = random_case(seed, morph)
    padding = tuple(k // 2 for k in weight.shape[2:])
    torch.testing.assert_close(
        snake.snake_conv2d(x, torch.zeros_like(steps), weight, bias, morph),
        F.conv2d(x, weight, bias, padding=padding),
        **EXACT,
    )


def test_the_path_goes_outward_from_the_centre_to_both_ends():
    steps = torch.tensor([0.5, -1, 0.25, 9, 1, 1, -0.5]).view(
        1, 7, 1, 1
    )  # the centre's own step does nothing
    path = snake.snake_path(steps).flatten().tolist()
    assert path == [-0.25, -0.75, 0.25, 0, 1, 2, 1.5]


def test_one_tap_stays_where_it_is():
    draw = Draw(0)
    x, weight = draw.normal(2, 3, 4, 5), draw.normal(2, 3, 1, 1)
    y = snake.snake_conv2d(x, draw.normal(2, 1, 4, 5), weight)
    torch.testing.assert_close(y, F.conv2d(x, weight), **EXACT)


def test_every_step_but_that_of_the_centre_is_learned():
    steps = torch.zeros(2, 9, 3, 3, requires_grad=True)
    snake.snake_path(steps).sum().backward()
    assert steps.grad[0, :, 0, 0].tolist() == [1, 2, 3, 4, 0, 4, 3, 2, 1]


@pytest.mark.parametrize("morph", [0, 1])
def test_images_of_a_batch_do_not_see_one_another(morph):
    torch.manual_seed(0)
    layer = snake.DynamicSnakeConv2d(3, 8, 5, morph).double()
    x = torch.randn(4, 3, 6, 7, dtype=torch.float64)
    torch.testing.assert_close(layer(x), torch.cat([layer(image[None]) for image in x]), **EXACT)


@pytest.mark.parametrize("morph", [0, 1])
def test_the_layer_equals_its_parts(morph):
    torch.manual_seed(0)
    layer = snake.DynamicSnakeConv2d(3, 8, 5, morph).double()
    for norm in layer.steps_norm, layer.norm:
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)
    x = torch.randn(2, 3, 6, 7, dtype=torch.float64)
    steps = F.conv2d(x, layer.steps.weight, layer.steps.bias, padding=1)
    steps = torch.tanh(F.group_norm(steps, 5, layer.steps_norm.weight, layer.steps_norm.bias))
    steps = steps[:, :5] if morph == 0 else steps[:, 5:]
    y = deformed(x, steps, layer.weight, layer.bias, morph)
    expected = F.relu(F.group_norm(y, 2, layer.norm.weight, layer.norm.bias))
    torch.testing.assert_close(layer(x), expected, **EXACT)


@pytest.mark.parametrize("morph", [0, 1])
def test_a_bent_line_is_read_whole(morph):
    """A diagonal line of ones: the straight kernel meets one pixel of it, the snake that bends along it all five."""
    image = torch.eye(9, dtype=torch.float64)[None, None]
    weight = torch.ones(1, 1, *((1, 5) if morph == 0 else (5, 1)), dtype=torch.float64)
    bend = torch.tensor([-1.0, -1, 0, 1, 1], dtype=torch.float64).view(1, 5, 1, 1).expand(1, 5, 9, 9)
    assert snake.snake_conv2d(image, 0 * bend, weight, morph=morph)[0, 0, 4, 4] == 1
    assert snake.snake_conv2d(image, bend, weight, morph=morph)[0, 0, 4, 4] == 5


def test_wrong_sizes_are_refused():
    x, steps, weight = torch.zeros(2, 3, 5, 6), torch.zeros(2, 3, 5, 6), torch.zeros(4, 3, 1, 3)
    for call, message in [
        (lambda: snake.snake_path(steps[:, :2]), r"odd K, got shape \(2, 2, 5, 6\)"),
        (lambda: snake.snake_sample(x, steps, 2), "morph must be 0 .* got 2"),
        (lambda: snake.snake_sample(x, steps[..., 1:]), "do not fit"),
        (lambda: snake.snake_sample(x, steps[:1]), "do not fit"),
        (lambda: snake.snake_conv2d(x, steps, weight, morph=1), r"morph 1 .* shape \(4, 3, 3, 1\), got \(4, 3, 1, 3\)"),
        (lambda: snake.snake_conv2d(x, steps, weight, torch.zeros(3)), r"bias must have shape \(4,\)"),
        (lambda: snake.DynamicSnakeConv2d(3, 8, 4), "kernel size 4 odd"),
        (lambda: snake.DynamicSnakeConv2d(3, 6, 3), "6 output channels a multiple of 4"),
        (lambda: snake.DynamicSnakeConv2d(3, 8, 3, 2), "morph 2 must be 0 or 1"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=message):
            call()
