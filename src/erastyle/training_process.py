"""One of several processes that train together; it knows the judge that training does not import.

`erastyle.train.fit.launch` starts it with a JSON file that says what to train.
"""

from __future__ import annotations

import sys
from pathlib import Path

from erastyle import choosing_judge
from erastyle.train.fit import launch

if __name__ == "__main__":
    launch.main(Path(sys.argv[1]), choosing_judge.load)
