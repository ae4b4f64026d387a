"""Personal data and machines' text are found however they are written; numbers of other kinds are left alone."""

import pytest

from evaluation.gates.gate import Policy
from evaluation.gates.leaks import check_leaks
from evaluation.gates.personal_data import personal_numbers
from tests.evaluation.copies import copy_of


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("+44 7700 900123", "a phone number"),
        ("+49 (0)30 1234567", "a phone number"),
        ("0033 1 23 45 67 89", "a phone number"),
        ("01 23 45 67 89", "a phone number"),
        ("020 7946 0958", "a phone number"),
        ("(415) 555-0123", "a phone number"),
        ("415.555.0123", "a phone number"),
        ("1-800-FLOWERS", "a phone number"),
        ("612 345 678", "a phone number"),
        ("seven seven zero zero nine zero zero one", "a phone number"),
        ("4539 1488 0343 6467", "a card number"),
        ("4539-1488-0343-6467", "a card number"),
        ("GB29 NWBK 6016 1331 9268 19", "a bank account number (IBAN)"),
        ("de89370400440532013000 today", "a bank account number (IBAN)"),
        ("FR14 2004 1010 0505 0001 3M02 606", "a bank account number (IBAN)"),
        ("078-05-1120", "a person's identity number"),
        ("AB 12 34 56 C", "a person's identity number"),
        ("12345678Z", "a person's identity number"),
        ("RSSMRA85T10A562S", "a person's identity number"),
        ("2 55 08 14 168 025 38", "a person's identity number"),
    ],
)
def test_a_number_of_a_person_is_found(text: str, what: str) -> None:
    assert what in {found.what for found in personal_numbers(text)}
    assert not check_leaks(copy_of(f"Ours is {text}"), Policy()).passed


@pytest.mark.parametrize(
    "text",
    [
        "4539 1488 0343 6468",
        "GB29 NWBK 6016 1331 9268 18",
        "1111 1111 1111 1111",
        "12345678A",
        "$1,299 or €2.500 until 2026-10-19",
        "19.10.2026",
        "8:00-12:00, 13:00-18:30",
        "978-3-16-148410-0",
        "SKU AB1234567890",
        "10,000 points and 240 g",
        "7.30-8.30 and 9-12",
    ],
)
def test_numbers_with_other_check_digits_and_shapes_are_left_alone(text: str) -> None:
    assert list(personal_numbers(text)) == []


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Call 555-0123 to book", "Book by phone: 555-0123."),
        ("Call 415 555 0123", "Our number is (415) 555-0123."),
        ("See example.com", "Opening hours stand on example.com."),
        ("Write to hello@example.com.", "Write to hello@example.com for a quote."),
        ("Find us at café.example.com", "Find us at café.example.com."),
        ("Tag @cornermarket", "Tag @cornermarket in your photo."),
    ],
)
def test_what_a_fact_holds_may_stand(text: str, fact: str) -> None:
    assert check_leaks(copy_of(text, fact), Policy()).reason == ""


def test_an_address_in_look_alike_letters_is_not_the_approved_one() -> None:
    assert not check_leaks(copy_of("See аррӏе.com", "See apple.com."), Policy()).passed


def test_an_address_that_is_part_of_an_approved_one_is_refused() -> None:
    fact = "Opening hours stand on shop.example.com.au."
    assert not check_leaks(copy_of("See shop.example.com", fact), Policy()).passed
    assert not check_leaks(copy_of("See example.com.evil.test", "See example.com."), Policy()).passed


@pytest.mark.parametrize(
    "text",
    [
        "Doors at 7 p.m., No. 1 rule: bring a coat",
        "Half off? Yes & no",
        "Use it at 50% of the cost",
        "Data: 10 GB a month",
        "Bread @ $2",
        "Ask a model, an assistant or a system",
        "Write a line to a friend",
        "Option A, option B",
        "OK, here we go",
        "Rated 4.5/5, i.e. well",
    ],
)
def test_ordinary_signs_are_left_alone(text: str) -> None:
    assert check_leaks(copy_of(text), Policy()).reason == ""
