"""The loss of a training as a drawing that any browser shows."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

WIDTH, HEIGHT, MARGIN = 640, 320, 48
SMOOTHING = 0.9


class Step(NamedTuple):
    """One step of training; the loss is that of its batch, in nats per token."""

    number: int
    learning_rate: float
    loss: float


def write_loss_curve(steps: Sequence[Step], path: Path) -> None:
    """An SVG: the loss of each batch in grey, its exponential mean in black."""
    losses = [step.loss for step in steps]
    means = losses[:1]
    for loss in losses[1:]:
        means.append(SMOOTHING * means[-1] + (1 - SMOOTHING) * loss)
    top = max(losses)
    label = 'font-family="sans-serif" font-size="12"'
    base, right = HEIGHT - MARGIN, WIDTH - MARGIN
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">\n'
        f"<title>Training loss over {len(steps)} steps, from {losses[0]:.2f} to {means[-1]:.2f} nats per token</title>\n"
        f'<path d="M{MARGIN},{MARGIN} V{base} H{right}" fill="none" stroke="#666"/>\n'
        f'<text x="{MARGIN - 6}" y="{MARGIN + 4}" text-anchor="end" {label}>{top:.1f}</text>\n'
        f'<text x="{MARGIN - 6}" y="{base + 4}" text-anchor="end" {label}>0</text>\n'
        f'<text x="{right}" y="{base + 20}" text-anchor="end" {label}>step {len(steps)}</text>\n'
        f'<text x="{MARGIN}" y="{MARGIN - 14}" {label}>Loss, nats per token of copy</text>\n'
        f'<polyline points="{_points(losses, top)}" fill="none" stroke="#bbb"/>\n'
        f'<polyline points="{_points(means, top)}" fill="none" stroke="#111" stroke-width="2"/>\n</svg>\n',
        encoding="utf-8",
    )


def _points(values: Sequence[float], top: float) -> str:
    across, down = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    last = max(1, len(values) - 1)
    return " ".join(
        f"{MARGIN + across * at / last:.1f},{HEIGHT - MARGIN - down * value / top:.1f}"
        for at, value in enumerate(values)
    )
