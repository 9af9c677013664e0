"""What the tests of layers share: random cases by seed, and one comparison with an independent implementation."""

import torch

EXACT = {"rtol": 1e-9, "atol": 1e-12}


class Draw:
    """Whole numbers, pairs of them and float64 tensors that depend on the seed alone."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def number(self, low, high):
        return int(torch.randint(low, high + 1, (), generator=self.generator))

    def pair(self, low, high):
        return self.number(low, high), self.number(low, high)

    def normal(self, *shape):
        return torch.randn(*shape, generator=self.generator, dtype=torch.float64)

    def uniform(self, low, high, *shape):
        return low + (high - low) * torch.rand(*shape, generator=self.generator, dtype=torch.float64)


def assert_same(ours, theirs, *tensors):
    """Both functions of `tensors` have equal values, and equal gradients by each tensor; `None` is passed on."""
    leaves = [None if t is None else t.detach().clone().requires_grad_() for t in tensors]
    mine, expected = ours(*leaves), theirs(*leaves)
    torch.testing.assert_close(mine, expected, **EXACT)
    grad_output = torch.randn(
        expected.shape, generator=torch.Generator().manual_seed(0), dtype=expected.dtype
    )
    asked = [leaf for leaf in leaves if leaf is not None]
    for mine_by, expected_by in zip(
        torch.autograd.grad(mine, asked, grad_output), torch.autograd.grad(expected, asked, grad_output)
    ):
        torch.testing.assert_close(mine_by, expected_by, **EXACT)
