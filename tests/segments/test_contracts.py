"""The contracts as data: what documentation is made from."""

from content_store.models import SourceKind
from segments.contracts import BAD_VALUES, CONTRACTS, CUSTOMERS, EVENTS, ColumnType, contract_markdown


def test_every_kind_of_source_has_a_contract() -> None:
    assert set(CONTRACTS) == set(SourceKind)


def test_every_column_type_says_what_is_done_with_a_bad_value() -> None:
    assert set(BAD_VALUES) == set(ColumnType)


def test_the_required_columns_are_the_fewest_that_make_sense() -> None:
    required = {
        kind: [c.name for c in contract.columns if c.required] for kind, contract in CONTRACTS.items()
    }
    assert required == {
        SourceKind.CUSTOMERS: ["id"],
        SourceKind.CONSENTS: ["customer_id", "purpose", "channel", "at"],
        SourceKind.EVENTS: ["customer_id", "at", "kind", "item"],
        SourceKind.OUTCOMES: ["id", "kind", "at"],
    }


def test_the_documentation_has_a_row_for_every_column() -> None:
    text = contract_markdown(EVENTS)
    assert text.startswith("### events\n\nOne row is one thing that a customer did.\n")
    assert (
        "| `quantity` | amount | no | how many | row quarantined when it is no finite number or below zero |"
        in text
    )
    assert text.count("\n| `") == len(EVENTS.columns)


def test_a_required_column_says_that_an_empty_value_is_quarantined() -> None:
    column = CUSTOMERS.column("id")
    assert column is not None
    assert column.bad_value.startswith("row quarantined when empty; ")
    assert CUSTOMERS.column("shoe_size") is None
