"""A campaign in which nobody was held out: who was sent it beside who was not, as far as that can be said."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from evaluation.measurement.observed_tables import Numbers, Observations
from evaluation.measurement.observing import Observed, observe
from evaluation.measurement.tables import Metric, connected

#: One row per customer: their first occurrence, by whatever channel. What customers do counts for each of them once.
_CUSTOMERS = """
    select max(case when sent_at is null then 0 else 1 end) as sent, max({metric}) as outcome,
        max(coalesce(before, 0)) as before, min(locale) as locale, min(segment_id) as segment
    from units semi join (select customer_id, min(occurrence) as occurrence from units group by customer_id) as first
        using (customer_id, occurrence)
    where closed group by customer_id order by customer_id
"""


def observe_units(units: pa.Table, metric: Metric) -> Observed:
    """`metric` (a column of the table of units) of customers who were sent their first occurrence against those who were
    not, for want of consent, say: within segments, by what they spent before and their locale. Never an effect.

    Only customers whose window is over count.
    """
    with connected() as connection:
        connection.register("units", units)
        found = connection.execute(_CUSTOMERS.format(metric=f'"{metric.name}"')).fetchnumpy()
    sent, outcome, before = (_numbers(found[name]) for name in ("sent", "outcome", "before"))
    if metric.kind == "proportion":
        outcome = (outcome > 0).astype(float)
    locales, places = np.unique(found["locale"].astype(str), return_inverse=True)
    covariates = {"before": before} | {
        f"locale: {locale}": (places == place).astype(float) for place, locale in enumerate(locales)
    }
    _, segments = np.unique(_numbers(found["segment"]), return_inverse=True)
    return observe(Observations("units", sent, {metric.name: outcome}, covariates, segments, []), metric)


def _numbers(column: Numbers) -> Numbers:
    return np.asarray(np.ma.filled(column.astype(float), np.nan), dtype=float)
