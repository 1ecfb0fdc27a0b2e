"""Confidence intervals of shares and of paired shares."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval.

    Attributes:
        value: The estimate.
        low: Lower end.
        high: Upper end.
        n: Independent units behind it: items, or clusters where items were clustered.
    """

    value: float
    low: float
    high: float
    n: int


def normal_quantile(probability: float) -> float:
    """Return the standard normal quantile of `probability`."""
    from scipy.special import ndtri

    return float(ndtri(probability))


def normal_cdf(z: float) -> float:
    """Return the standard normal distribution function at `z`."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def wilson(successes: int, n: int, level: float = 0.95) -> Estimate:
    """Return a share and its Wilson score interval.

    >>> share = wilson(0, 20)
    >>> share.low, round(share.high, 4)
    (0.0, 0.1611)

    Raises:
        ValueError: `n` is not positive or `successes` is not within it.

    Source:
        Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    return _share(successes, n, level, "wilson")


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Estimate:
    """Return a share and its exact interval, which covers at least `level` for every true share.

    >>> round(clopper_pearson(0, 748, level=0.9).high, 5)
    0.004

    Raises:
        ValueError: `n` is not positive or `successes` is not within it.

    Source:
        Clopper, Pearson, "The use of confidence or fiducial limits", 1934.
    """
    return _share(successes, n, level, "exact")


def _share(successes: int, n: int, level: float, method: str) -> Estimate:
    from scipy.stats import binomtest

    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a share; give 0 <= successes <= n and n >= 1.")
    interval = binomtest(successes, n).proportion_ci(level, method)
    return Estimate(successes / n, float(interval.low), float(interval.high), n)


def tango_z(gained: int, lost: int, n: int, difference: float) -> float:
    """Return the score statistic of `difference` = share gained - share lost."""
    a = 2.0 * n
    b = -gained - lost + (2 * n - gained + lost) * difference
    c = -lost * difference * (1 - difference)
    root = max(b * b - 4 * a * c, 0.0)
    share_lost = (math.sqrt(root) - b) / (2 * a)
    variance = n * (2 * share_lost + difference * (1 - difference))
    distance = gained - lost - n * difference
    if variance <= 1e-12:
        return 0.0 if abs(distance) < 1e-9 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def tango(lost: int, gained: int, n: int, level: float = 0.95) -> Estimate:
    """Return the change of a share on the same items, after minus before, with Tango's interval.

    The interval holds its level also where few pairs, or none, are discordant.

    Args:
        lost: Items right before and wrong after.
        gained: Items wrong before and right after.
        n: All items.
        level: Two-sided.

    >>> change = tango(lost=8, gained=1, n=44)
    >>> round(change.low, 4), round(change.value, 4), round(change.high, 4)
    (-0.3028, -0.1591, -0.0317)

    Raises:
        ValueError: More discordant pairs than items, or no items.

    Source:
        Tango, "Equivalence test and confidence interval for the difference in proportions for the
        paired-sample design", Statistics in Medicine 17, 1998.
    """
    if n < 1 or lost < 0 or gained < 0 or lost + gained > n:
        raise ValueError(f"{lost} lost and {gained} gained of {n} items cannot be.")
    z = normal_quantile(0.5 + level / 2)
    value = (gained - lost) / n

    def bound(goal: float, inner: float, outer: float) -> float:
        # The statistic falls with the difference; bisection needs nothing else.
        for _ in range(50):
            middle = (inner + outer) / 2
            if (tango_z(gained, lost, n, middle) < goal) == (goal > 0):
                inner = middle
            else:
                outer = middle
        return (inner + outer) / 2

    low, high = bound(z, value, -1.0), bound(-z, value, 1.0)
    return Estimate(value, low, high, n)


def expanded_tail(tail: float, n: int) -> float:
    """Return the quantile of the bootstrap distribution that gives a tail of `tail`.

    The plain percentile interval of n items is too narrow by sqrt((n-1)/n) and uses the normal
    distribution in place of Student's t.

    Source:
        Hesterberg, "What teachers should know about the bootstrap", 2015, section 4 (expanded
        percentile interval).
    """
    from scipy.special import stdtrit

    if n < 2:
        return 0.0
    return normal_cdf(math.sqrt(n / (n - 1)) * float(stdtrit(n - 1, tail)))
