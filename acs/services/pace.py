"""How often a phone calls: counts within a sliding window, in the memory of the process."""

from collections import OrderedDict, deque


class Pace:
    """Counts per name what happened within the last ``seconds``; forgets names that are silent."""

    def __init__(self, seconds: float = 60.0, *, most_names: int = 10_000, most: int = 1_000) -> None:
        self.seconds = seconds
        self.most_names = most_names
        self.most = most
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, name: str, now: float) -> int:
        """Count one more; give how many that makes within the window."""
        while self._times and now - next(iter(self._times.values()))[-1] >= self.seconds:
            self._times.popitem(last=False)  # nothing of it is within the window any more
        times = self._times.get(name)
        if times is None:
            times = self._times[name] = deque(maxlen=self.most)
            if len(self._times) > self.most_names:
                self._times.popitem(last=False)
        self._times.move_to_end(name)
        while times and now - times[0] >= self.seconds:
            times.popleft()
        times.append(now)
        return len(times)
