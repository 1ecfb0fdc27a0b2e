"""The linear classifier: folds by site, calibration, and its storage."""

from __future__ import annotations

import numpy as np

from erastyle.eval.style.linear import threshold


def test_a_large_site_does_not_decide_the_threshold():
    sites = np.array(["large"] * 900 + [f"small {i // 5}" for i in range(150)])
    scores = np.concatenate([np.full(900, 0.95), np.tile([0.3, 0.5, 0.6, 0.7, 0.8], 30)])
    found, enough = threshold(scores, sites, 0.9)
    assert enough
    assert found == 0.3  # by documents it would be 0.7
    assert threshold(scores[:900], sites[:900], 0.9) == (0.95, False)


def test_the_threshold_lets_nine_in_ten_documents_of_new_sites_pass():
    random = np.random.default_rng(5)

    def drawn(sites: int) -> tuple[np.ndarray, np.ndarray]:
        sizes = random.integers(1, 40, sites)
        level = np.repeat(random.normal(0, 1, sites), sizes)
        return level + random.normal(0, 1, len(level)), np.repeat(np.arange(sites), sizes).astype(
            str
        )

    passed = []
    for _ in range(200):
        limit, enough = threshold(*drawn(40), share=0.9)
        assert enough
        scores, sites = drawn(200)
        passed.append(np.mean([(scores[sites == s] >= limit).mean() for s in np.unique(sites)]))
    assert 0.89 <= np.mean(passed) <= 0.94
