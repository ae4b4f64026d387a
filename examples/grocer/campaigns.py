"""What the 27 real campaigns of the Complete Journey data can say, in which households were chosen and none by chance.

For each campaign a table data/campaigns/NN.csv, one row per household: whether it received the campaign, what it spent in
the campaign's days, and what was known of it on the day before. Then the difference as it stands, the difference among
households alike (as `surmesure measure observe` tells it), and a placebo: the same for the four weeks before the campaign,
by what was known before these, when the campaign can have done nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import mean

import duckdb
from prepare import DATA, find_data
from threadpoolctl import threadpool_limits

from evaluation.measurement.observed_tables import read_observations
from evaluation.measurement.observing import NO_EXPERIMENT, Observed, observe
from evaluation.measurement.tables import metric_of

FOLDER = DATA / "campaigns"
TABLES = ("campaigns", "campaign_descriptions", "transactions", "demographics")
FIRST_DAY, LAST_DAY = date(2017, 1, 1), date(2017, 12, 31)
BEFORE = timedelta(weeks=8)
PLACEBO = timedelta(weeks=4)
WHO = ("age", "income", "household_size", "kids_count")


@dataclass(frozen=True)
class Campaign:
    """One campaign and what is told of it; None where the data begin too late to tell."""

    number: int
    start: date
    end: date
    received: int
    spend: Observed | None = None
    placebo: Observed | None = None


def main() -> None:
    """Write the tables and print one line for each campaign."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    # These matrices are small: threads would only wait for one another.
    with duckdb.connect() as connection, threadpool_limits(1):
        for table in TABLES:
            connection.execute(f"CREATE VIEW {table} AS FROM read_parquet('{find_data() / table}.parquet')")
        connection.execute(
            "CREATE TABLE days AS SELECT household_id, transaction_timestamp::DATE AS day, sum(sales_value) AS spend,"
            " count(DISTINCT basket_id) AS baskets FROM transactions GROUP BY ALL"
        )
        campaigns = [observed(connection, campaign) for campaign in read_campaigns(connection)]
    print(NO_EXPERIMENT)
    print()
    print("\n".join(lines(campaigns)))
    print()
    print("\n".join(summary(campaigns)))


def read_campaigns(connection: duckdb.DuckDBPyConnection) -> list[Campaign]:
    """All campaigns by their first day."""
    rows = connection.execute(
        "SELECT campaign_id, start_date::DATE, end_date::DATE, count(*) FROM campaigns"
        " JOIN campaign_descriptions USING (campaign_id) GROUP BY ALL ORDER BY 2, 1"
    ).fetchall()
    return [Campaign(*row) for row in rows]


def observed(connection: duckdb.DuckDBPyConnection, campaign: Campaign) -> Campaign:
    """The campaign with its table written, and with what the table says."""
    file = FOLDER / f"{campaign.number:02}.csv"
    connection.execute(f"COPY ({table_query(campaign)}) TO '{file}' (FORMAT csv, HEADER)")
    spend = placebo = None
    if campaign.start - BEFORE >= FIRST_DAY:
        spend = difference(file, "spend", "spend_before", "baskets_before", "campaigns_before")
    if campaign.start - PLACEBO - BEFORE >= FIRST_DAY:
        placebo = difference(file, "spend_placebo", "spend_earlier", "baskets_earlier", "campaigns_earlier")
    return Campaign(campaign.number, campaign.start, campaign.end, campaign.received, spend, placebo)


def difference(file: Path, metric: str, *before: str) -> Observed:
    """A sum of money of those who received the campaign against the others, by what was known before."""
    wanted = metric_of(f"{metric}:mean")
    return observe(read_observations(file, "received", [wanted], [*before, *WHO]), wanted)


def table_query(campaign: Campaign) -> str:
    """One row per household of the panel."""
    start, earlier = campaign.start, campaign.start - PLACEBO
    sums = ", ".join(
        [
            total("spend", start, campaign.end + timedelta(days=1), "spend"),
            total("spend", start - BEFORE, start, "spend_before"),
            total("baskets", start - BEFORE, start, "baskets_before"),
            total("spend", earlier, start, "spend_placebo"),
            total("spend", earlier - BEFORE, earlier, "spend_earlier"),
            total("baskets", earlier - BEFORE, earlier, "baskets_earlier"),
        ]
    )
    return f"""
        WITH got AS (
            SELECT household_id, max((campaign_id = {campaign.number})::INT) AS received,
                count(*) FILTER (start_date < '{start}' AND campaign_id <> {campaign.number}) AS campaigns_before,
                count(*) FILTER (start_date < '{earlier}' AND campaign_id <> {campaign.number}) AS campaigns_earlier
            FROM campaigns JOIN campaign_descriptions USING (campaign_id) GROUP BY household_id
        ), sums AS (SELECT household_id, {sums} FROM days GROUP BY household_id)
        SELECT household_id AS household, coalesce(received, 0) AS received, sums.* EXCLUDE household_id,
            coalesce(campaigns_before, 0) AS campaigns_before, coalesce(campaigns_earlier, 0) AS campaigns_earlier,
            {", ".join(WHO)}
        FROM sums LEFT JOIN got USING (household_id) LEFT JOIN demographics USING (household_id) ORDER BY household"""


def total(column: str, start: date, end: date, name: str) -> str:
    """SQL of what a household did from one day until before another."""
    return f"coalesce(sum({column}) FILTER (day >= '{start}' AND day < '{end}'), 0) AS {name}"


def days_of(campaign: Campaign) -> int:
    """The campaign's days of which there are data."""
    return (min(campaign.end, LAST_DAY) - max(campaign.start, FIRST_DAY)).days + 1


def lines(campaigns: list[Campaign]) -> Iterator[str]:
    """The table that is printed."""
    yield "   first day   days  received    as it stands       most unlike    among those alike   E-value      weeks before"
    for campaign in campaigns:
        head = f"{campaign.number:2} {campaign.start}  {days_of(campaign):3} {campaign.received:9,}"
        if campaign.spend is None:
            yield f"{head}  refused: the data begin less than eight weeks before"
            continue
        worst = campaign.spend.balance[0]
        plain = f"{campaign.spend.difference:+9.0f}   {worst.covariate:>16} {worst.before:+.1f}"
        if campaign.spend.refused:
            yield f"{head} {plain}  refused: worth {campaign.spend.effective:.0f} rows"
            continue
        needed = f"{campaign.spend.e_value:.2f}" if away_from_zero(campaign.spend) else ""
        yield f"{head} {plain}  {interval(campaign.spend)}  {needed:>6}  {interval(campaign.placebo)}"


def interval(found: Observed | None) -> str:
    """The adjusted difference with its 95 % interval."""
    if found is None or found.adjusted is None:
        return f"{'':20}"
    text = f"({found.adjusted_low:+.0f} to {found.adjusted_high:+.0f})"
    return f"{found.adjusted:+6.0f} {text:>13}"


def away_from_zero(found: Observed) -> bool:
    """Whether the interval of the adjusted difference leaves zero out."""
    return (found.adjusted_low or 0.0) > 0 or (found.adjusted_high or 0.0) < 0


def summary(campaigns: list[Campaign]) -> Iterator[str]:
    """What all campaigns together say of the way they were adjusted."""
    told = [campaign for campaign in campaigns if campaign.spend and not campaign.spend.refused]
    spends = [campaign.spend for campaign in told if campaign.spend]
    placebos = [campaign.placebo for campaign in told if campaign.placebo and not campaign.placebo.refused]
    covering = sum(not away_from_zero(found) for found in placebos)
    above = sum((found.adjusted or 0.0) > 0 for found in placebos)
    yield f"{len(told)} of {len(campaigns)} campaigns can be adjusted; {sum(map(away_from_zero, spends))} of these intervals leave zero out."
    yield (
        f"Weeks before, in which the campaign can have done nothing: {covering} of {len(placebos)} intervals cover zero, and {above} of"
        f" {len(placebos)} differences are above it."
    )
    yield (
        f"Among those alike a household spends {mean(found.adjusted or 0.0 for found in spends):+.1f} in a campaign's days"
        f" ({mean(map(days_of, told)):.0f} on average), and {mean(found.adjusted or 0.0 for found in placebos):+.1f} in the"
        f" {PLACEBO.days} days before."
    )
    if covering < 0.9 * len(placebos):
        yield (
            "So what is known of the households does not make them alike: those who were chosen spent more before it began,"
            " too. The differences among those alike are no effects either."
        )


if __name__ == "__main__":
    main()
