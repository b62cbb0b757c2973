"""Counters in the Prometheus text format, version 0.0.4."""

from collections.abc import Iterable, Mapping

from acs.telemetry import Sample


def prometheus(samples: Iterable[Sample], more: Mapping[str, int] | None = None) -> str:
    """Give every counter, grouped by name, and further ones without labels."""
    groups: dict[str, list[str]] = {}
    for sample in samples:
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels)
        line = f"{sample.name}{{{labels}}} {sample.value}" if labels else f"{sample.name} {sample.value}"
        groups.setdefault(sample.name, []).append(line)
    for name, value in (more or {}).items():
        groups.setdefault(name, []).append(f"{name} {value}")
    lines = []
    for name in sorted(groups):
        lines.append(f"# TYPE {name} counter")
        lines += groups[name]
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
