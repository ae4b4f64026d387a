"""Example customers are shown without what tells who they are, in whatever language their columns are named."""

from __future__ import annotations

import pytest

from review.segment_view import without_identity


@pytest.mark.parametrize(
    "column",
    [
        *("name", "Last Name", "eMail", "home_phone", "ZIP", "customer_id", "city", "birthDate", "login"),
        *("nom", "Prénom", "nom_de_famille", "adresse", "rue", "ville", "code_postal", "date_naissance"),
        *("courriel", "téléphone", "dateDeNaissance", "numéro client"),
        *("Nachname", "vorname", "Straße", "Hausnummer", "PLZ", "Wohnort", "Geburtsdatum", "Handy", "ort"),
        *("apellidos", "dirección", "fecha_nacimiento", "correo", "DNI", "ciudad"),
        *("cognome", "indirizzo", "data_nascita", "via", "città", "endereço", "achternaam", "straat"),
    ],
)
def test_a_column_that_tells_who_somebody_is_stays_out(column: str) -> None:
    assert without_identity({column: "Dupont"}, ()) == {}


@pytest.mark.parametrize("value", ["1980-02-03", "3.2.1980", "03/02/80", "a@b.example", "x" * 41, ["a"]])
def test_a_value_that_tells_who_somebody_is_stays_out_of_any_column(value: object) -> None:
    assert without_identity({"remark": value}, ()) == {}


def test_what_somebody_is_like_is_shown() -> None:
    attributes = {
        "age": "45-54",
        "income": "35-49K",
        "home_ownership": "Homeowner",
        "household_comp": "2 Adults No Kids",
        "situation_familiale": "célibataire",
        "haushalt": "zwei Personen",
    }
    assert without_identity(attributes | {"home_store": "Store 436"}, {"home_store"}) == {
        name.replace("_", " "): value for name, value in attributes.items()
    }
