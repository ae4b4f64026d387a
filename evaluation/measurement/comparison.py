"""One arm and metric against the control, as plain values: what an analysis gives and every report shows."""

from __future__ import annotations

from dataclasses import dataclass, field

#: A split that is less likely than this did not come about by chance (Fabijan and others, KDD 2019).
SRM_ALARM = 0.001

#: Arms that differ in what they were before by a smaller chance than this were not made by chance.
BALANCE_ALARM = 0.0001


@dataclass(frozen=True)
class Comparison:
    """One arm and metric against the control; a number that the data do not give is None."""

    arm: str
    metric: str
    #: units of the arm with a value, and of the control
    n: int
    control_n: int
    control_mean: float | None
    mean: float | None
    #: arm minus control, adjusted for the covariate where there is one, with its 95 % interval
    lift: float | None
    lift_low: float | None
    lift_high: float | None
    #: lift over the control's mean, which is adjusted too where there is a covariate
    relative_lift: float | None
    relative_lift_low: float | None
    relative_lift_high: float | None
    p_value: float | None
    #: the p-value after control of the false discovery rate over all lines (Benjamini and Hochberg, JRSS B 57, 1995)
    q_value: float | None
    #: an interval for the lift that holds however often one looks
    sequential_low: float | None
    sequential_high: float | None
    #: how likely a split into arms as uneven as this is; the same in each line
    srm_p_value: float
    notes: list[str] = field(default_factory=list)
    #: how likely chance makes the covariate of arm and control differ as much as it does; None without one
    covariate_p_value: float | None = None

    @property
    def trusted(self) -> bool:
        """False when chance alone cannot have made the arms, by their sizes or by what they were before: then nothing
        follows from the line. Adjusting by the covariate does not help, since who chose by it may have chosen by more.
        """
        alike = self.covariate_p_value is None or self.covariate_p_value >= BALANCE_ALARM
        return alike and self.srm_p_value >= SRM_ALARM
