"""The Prometheus text."""

from acs.edges.api.metrics import prometheus
from acs.telemetry import Counters


def test_grouped_by_name_with_escaped_labels() -> None:
    counters = Counters()
    counters.add("b_total", 2, kind='say "hi"\n\\')
    counters.add("a_total", 1)
    counters.add("b_total", 3, kind="x")
    assert prometheus(counters.snapshot(), {"c_total": 7}) == (
        "# TYPE a_total counter\na_total 1\n"
        '# TYPE b_total counter\nb_total{kind="say \\"hi\\"\\n\\\\"} 2\nb_total{kind="x"} 3\n'
        "# TYPE c_total counter\nc_total 7\n"
    )
