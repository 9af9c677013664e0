"""How the learning rate moves during a run: functions of (step, steps) to the factor of `lr`; steps count from 0.

A warm-up is a straight rise to the full rate over the first steps, as in Goyal et al. 2017, section 2.2.
"""

import math


def linear(step, steps):
    """A warm-up over the first tenth of the steps, then a straight fall towards 0.

    The one cycle of Smith and Topin 2017, section 3, without its last, lowest part.
    """
    rise = -(-steps // 10)
    return min((step + 1) / rise, (steps - step) / (steps - rise + 1))


def cosine(step, steps):
    """A warm-up over the first twentieth of the steps, then half a cosine from 1 towards 0.

    Loshchilov and Hutter 2017, section 3, equation 5, with one period and no restart.
    """
    rise = -(-steps // 20)
    if step < rise:
        return (step + 1) / rise
    # With a single step nothing is left to fall over.
    return (1 + math.cos(math.pi * (step - rise) / max(steps - rise, 1))) / 2


def step_down(step, steps):
    """No warm-up; a tenth of the rate after half of the steps, a hundredth after three quarters.

    He et al. 2016, section 4.2: 64,000 steps on CIFAR-10, divided by 10 at 32,000 and at 48,000.
    """
    return 1.0 if step < steps / 2 else 0.1 if step < steps * 3 / 4 else 0.01


def constant(step, steps):
    """No warm-up; the rate as it was given, in every step."""
    return 1.0


SCHEDULES = {"linear": linear, "cosine": cosine, "step": step_down, "constant": constant}
