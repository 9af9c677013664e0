"""Our dropout equals torch's where both draw from one seed, keeps the mean, and does nothing outside training."""

import pytest
import torch
import torch.nn.functional as F
from oracle import EXACT, Draw, assert_same

from course_lib.layers import regularization


def seeded(function):
    """The function with chance set back before each call."""

    def called(*args):
        torch.manual_seed(7)
        return function(*args)

    return called


@pytest.mark.parametrize("p", [0, 0.2, 0.5, 0.9, 1])
@pytest.mark.parametrize("name", ["dropout", "dropout2d"])
def test_values_and_gradients_equal_torch_of_the_same_seed(name, p):
    x = Draw(0).normal(3, 4, 5, 6)
    ours, theirs = getattr(regularization, name), getattr(F, name)
    assert_same(seeded(lambda x: ours(x, p)), seeded(lambda x: theirs(x, p)), x)


@pytest.mark.parametrize("dropout", [regularization.dropout, regularization.dropout2d])
def test_outside_training_and_for_p_zero_nothing_happens(dropout):
    x = Draw(0).normal(2, 3, 4, 5)
    assert dropout(x, 0.5, False) is x and dropout(x, 0) is x


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_mean_stays_and_the_share_p_is_dropped(p):
    y = regularization.dropout(
        torch.ones(200_000, dtype=torch.float64), p, generator=torch.Generator().manual_seed(0)
    )
    # Six standard deviations of a mean of 200,000 independent numbers.
    assert abs(y.mean() - 1) < 6 * (p / (1 - p) / len(y)) ** 0.5
    assert abs((y == 0).double().mean() - p) < 6 * (p * (1 - p) / len(y)) ** 0.5
    torch.testing.assert_close(y[y != 0], torch.full_like(y[y != 0], 1 / (1 - p)), **EXACT)


def test_whole_maps_are_dropped():
    y = regularization.dropout2d(
        torch.ones(8, 16, 3, 3), 0.5, generator=torch.Generator().manual_seed(0)
    ).flatten(2)
    assert (y == y[:, :, :1]).all() and set(y.unique().tolist()) == {0, 2}


def test_a_generator_repeats_itself_and_leaves_the_global_one_alone():
    x = torch.ones(50)
    state = torch.get_rng_state()
    first, second = (regularization.dropout(x, generator=torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, second) and torch.equal(torch.get_rng_state(), state)


def test_a_mask_takes_the_place_of_chance():
    x = torch.tensor([1.0, 2, 3, 4])
    y = regularization.dropout(x, 0.75, mask=torch.tensor([True, False, False, True]))
    assert y.tolist() == [4, 0, 0, 16]
    maps = regularization.dropout2d(torch.ones(1, 2, 2, 2), mask=torch.tensor([0.0, 1]).view(1, 2, 1, 1))
    assert maps.flatten().tolist() == [0] * 4 + [2] * 4


def test_what_makes_no_sense_is_refused():
    x = torch.zeros(2, 3, 4, 4)
    for call, message in [
        (lambda: regularization.dropout(x, 1.5), "between 0 and 1, got 1.5"),
        (lambda: regularization.dropout2d(x, -0.1, False), "between 0 and 1, got -0.1"),
        (lambda: regularization.dropout(x, mask=torch.ones(2, 3)), r"mask must have shape \(2, 3, 4, 4\)"),
        (lambda: regularization.dropout2d(x, mask=torch.ones(2, 3)), r"mask must have shape \(2, 3, 1, 1\)"),
        (lambda: regularization.dropout2d(x[0]), r"N×C×H×W, got shape \(3, 4, 4\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
