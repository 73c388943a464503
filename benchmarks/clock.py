"""Time by stage. Wall clock, waiting included, and exclusive: what a stage calls that is a stage of
its own counts there only.
"""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any


class Clock:
    """The seconds spent in each stage so far."""

    def __init__(self) -> None:
        self.stage, self.spent = "", defaultdict[str, float](float)

    def timed(
        self, stage: str | Callable[..., str], function: Callable[..., Any]
    ) -> Callable[..., Any]:
        """Return `function`, its time taken from the stage it is called in and given to its own.

        `stage` may depend on the arguments.
        """

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            own = stage if isinstance(stage, str) else stage(*args, **kwargs)
            outer, self.stage = self.stage, own
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.perf_counter() - began
                self.spent[own] += took
                self.spent[outer] -= took
                self.stage = outer

        return run
