"""Attention keys and values of many rows in buffers of one size: rows come and go without copying the others.

Every row ends at the same column, so that one forward pass writes one column for all. A row that joins is written up
to that column; the last rows move into the places of rows that leave. Only the columns between the oldest first token
and the common end are looked at.
"""

from collections.abc import Iterator, Sequence

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer


class SlotLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """The library's growing cache layer, which copies all on each token, with room kept ahead instead."""

    def __init__(self, slots: "Slots", like_keys: torch.Tensor, like_values: torch.Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.slots = slots
        self.all_keys = _room(slots, like_keys)
        self.all_values = _room(slots, like_values)
        self.dtype, self.device = like_keys.dtype, like_keys.device
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_args: object, **_options: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Writes one token [rows, heads, 1, dim] at the common end and returns all that the rows may look at."""
        slots = self.slots
        self.all_keys[: slots.live, :, slots.end] = key_states[:, :, 0]
        self.all_values[: slots.live, :, slots.end] = value_states[:, :, 0]
        self.keys = self.all_keys[: slots.live, :, slots.start : slots.end + 1]
        self.values = self.all_values[: slots.live, :, slots.start : slots.end + 1]
        return self.keys, self.values

    def get_seq_length(self) -> int:
        return self.slots.end - self.slots.start


class Slots:
    """Places for `rows` rows of up to `columns` tokens; `live` of them are in use, always the first ones."""

    def __init__(self, rows: int, columns: int, dtype: torch.dtype) -> None:
        self.rows, self.columns = rows, columns
        self.live, self.start, self.end = 0, 0, 0
        self.tokens = torch.zeros(rows, columns, dtype=torch.long)
        self.starts = torch.zeros(rows, dtype=torch.long)
        self.mask = torch.zeros(rows, 1, 1, columns, dtype=dtype)
        self.cache = DynamicCache()

    @property
    def free(self) -> int:
        return self.rows - self.live

    @property
    def layers(self) -> Iterator[SlotLayer]:
        return (layer for layer in self.cache.layers if isinstance(layer, SlotLayer))

    def admit(
        self, prefilled: DynamicCache, tokens: torch.Tensor, lengths: torch.Tensor, source: Sequence[int]
    ) -> None:
        """Adds one row for each entry of `source`, a copy of that row of the prefilled prompts.

        tokens [prompts, width] and the prefilled cache are padded on the left; lengths [prompts] are without padding.
        """
        width = tokens.shape[1]
        read = list(_written(prefilled))
        if not self.cache.layers:
            self.cache.layers = [SlotLayer(self, keys, values) for keys, values in read]
        if self.live == 0:
            self.end = width
        new, columns = slice(self.live, self.live + len(source)), slice(self.end - width, self.end)
        index = torch.tensor(source)
        # What a mask hides is multiplied by zero all the same, and zero times NaN is NaN: so neither the padding of
        # the prompts nor what the memory held before may stay in the columns that other rows make visible.
        padding = (torch.arange(width) < (width - lengths)[:, None])[:, None, :, None]
        for layer, (keys, values) in zip(self.layers, read, strict=True):
            for room, found in ((layer.all_keys, keys), (layer.all_values, values)):
                room[new] = 0.0
                room[new, :, columns] = found.masked_fill(padding, 0.0)[index]
        self.tokens[new] = 0
        self.tokens[new, columns] = tokens[index]
        self.starts[new] = self.end - lengths[index]
        self.live += len(source)
        self._show()

    def remove(self, gone: Sequence[int]) -> list[int]:
        """Frees the rows `gone`; returns the old numbers of the rows that are left, in their new order."""
        left = self.live - len(gone)
        holes = [row for row in gone if row < left]
        movers = sorted(set(range(left, self.live)) - set(gone))
        if movers:
            to, origin, columns = torch.tensor(holes), torch.tensor(movers), slice(self.start, self.end)
            for layer in self.layers:
                layer.all_keys[to, :, columns] = layer.all_keys[origin, :, columns]
                layer.all_values[to, :, columns] = layer.all_values[origin, :, columns]
            self.tokens[to], self.starts[to] = self.tokens[origin], self.starts[origin]
        self.live = left
        self._show()
        moved = dict(zip(holes, movers, strict=True))
        return [moved.get(row, row) for row in range(left)]

    def advance(self, tokens: torch.Tensor) -> dict[str, object]:
        """Puts one more token in each row; returns the arguments of the model's forward pass for it."""
        if self.end == self.columns:
            self._shift_left()
        self.tokens[: self.live, self.end] = tokens
        return {
            "input_ids": tokens[:, None],
            "position_ids": (self.end - self.starts[: self.live])[:, None],
            # An additive mask of four dimensions is taken as it is by every attention implementation.
            "attention_mask": self.mask[: self.live, :, :, self.start : self.end + 1],
            "past_key_values": self.cache,
            "use_cache": True,
        }

    def advanced(self) -> None:
        """The forward pass has written its column."""
        self.end += 1

    def texts(self) -> torch.Tensor:
        """All tokens of the live rows so far [live, width], zeros on the left of shorter rows."""
        return self.tokens[: self.live, self.start : self.end]

    def _shift_left(self) -> None:
        width = self.end - self.start
        old, new = slice(self.start, self.end), slice(0, width)
        for layer in self.layers:
            layer.all_keys[: self.live, :, new] = layer.all_keys[: self.live, :, old].clone()
            layer.all_values[: self.live, :, new] = layer.all_values[: self.live, :, old].clone()
        self.tokens[: self.live, new] = self.tokens[: self.live, old].clone()
        self.starts[: self.live] -= self.start
        self.end = width
        self._show()

    def _show(self) -> None:
        self.start = int(self.starts[: self.live].min()) if self.live else 0
        hidden = torch.arange(self.columns) < self.starts[: self.live, None]
        self.mask[: self.live, 0, 0] = 0.0
        self.mask[: self.live, 0, 0].masked_fill_(hidden, torch.finfo(self.mask.dtype).min)


def _written(cache: DynamicCache) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    for layer in cache.layers:
        assert isinstance(layer, DynamicLayer)
        assert layer.keys is not None
        assert layer.values is not None
        yield layer.keys, layer.values


def _room(slots: Slots, like: torch.Tensor) -> torch.Tensor:
    return torch.empty(slots.rows, like.shape[1], slots.columns, like.shape[3], dtype=like.dtype)
