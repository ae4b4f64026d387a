"""What of the facts may be repeated: numbers with their units, addresses, names."""

from generators.grounding import Value, names, values


def test_numbers_come_with_the_unit_or_month_that_follows_them() -> None:
    found = values(("The Harrow 30 weighs 980 g and costs €150 until 12 September.",))

    assert found == [Value("30", ""), Value("980", "g"), Value("€150", ""), Value("12", "September")]


def test_the_point_of_a_time_of_day_belongs_to_it() -> None:
    assert values(("It opens at 7:30 a.m. on Mondays.",)) == [Value("7:30", "a.m.")]


def test_a_minus_belongs_to_its_number_and_a_dash_does_not() -> None:
    assert values(("Rated to -7 °C.",)) == [Value("-7", "°C")]
    assert values(("Two sizes - 30 and 40.",)) == [Value("30", ""), Value("40", "")]


def test_addresses_count_as_values() -> None:
    assert values(("Write to help@harrow.example or see harrow.example.",)) == [
        Value("help@harrow.example", ""),
        Value("harrow.example", ""),
    ]


def test_names_are_the_capitalised_words_that_do_not_merely_open_a_sentence() -> None:
    assert names(("The new Isla Marr novel is out. Kayanza coffee too.",)) == ["Isla", "Marr", "Kayanza"]


def test_a_possessive_is_cut_from_its_name() -> None:
    assert names(("See Harrow's range.",)) == ["See", "Harrow"]
