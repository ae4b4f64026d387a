"""The units, currencies and number words that marketing copy uses, each with its canonical name and factor."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

from typing import NamedTuple


class Unit(NamedTuple):
    """`factor` of the dimension's own measure: 1 kg is 1000 of `mass`."""

    dimension: str
    factor: float


def _unit_table() -> dict[str, Unit]:
    return {name: Unit(dimension, factor) for dimension, factor, names in _UNITS for name in names.split("|")}


_UNITS: tuple[tuple[str, float, str], ...] = (
    ("mass", 0.001, "mg|milligram|milligrams|milligrammes"),
    ("mass", 1, "g|gr|gram|grams|gramme|grammes"),
    ("mass", 1000, "kg|kgs|kilo|kilos|kilogram|kilograms|kilogrammes"),
    ("mass", 1_000_000, "tonne|tonnes"),
    ("ounce", 1, "oz|ounce|ounces"),
    ("ounce", 16, "lb|lbs"),
    ("pound", 1, "pound|pounds"),
    ("volume", 1, "ml|millilitre|millilitres|milliliter|milliliters"),
    ("volume", 10, "cl|centilitre|centilitres"),
    ("volume", 1000, "l|litre|litres|liter|liters|ltr"),
    ("volume", 1_000_000, "m3|cubic metre|cubic metres|cubic meter|cubic meters"),
    ("fluid ounce", 1, "fl oz|fl. oz|fluid ounce|fluid ounces"),
    ("fluid ounce", 20, "pint|pints"),
    ("gallon", 1, "gal|gallon|gallons"),
    ("length", 1, "mm|millimetre|millimetres|millimeter|millimeters"),
    ("length", 10, "cm|centimetre|centimetres|centimeter|centimeters"),
    ("length", 1000, "m|metre|metres|meter|meters"),
    ("length", 1_000_000, "km|kilometre|kilometres|kilometer|kilometers"),
    ("foot", 1, "ft|foot|feet"),
    ("inch", 1, "inch|inches"),
    ("yard", 1, "yd|yard|yards"),
    ("mile", 1, "mi|mile|miles"),
    ("area", 0.0001, "cm2|square centimetre|square centimetres|square centimeter|square centimeters"),
    ("area", 1, "m2|sqm|sq m|square metre|square metres|square meter|square meters"),
    ("square foot", 1, "ft2|sqft|sq ft|square foot|square feet"),
    ("acre", 1, "acre|acres"),
    ("area", 10_000, "ha|hectare|hectares"),
    ("area", 1_000_000, "km2|square kilometre|square kilometres|square kilometer|square kilometers"),
    ("time", 1, "sec|secs|second|seconds"),
    ("time", 60, "min|mins|minute|minutes"),
    ("time", 3600, "h|hr|hrs|hour|hours"),
    ("time", 86400, "day|days"),
    ("time", 604800, "week|weeks|wk|wks"),
    ("time", 1209600, "fortnight|fortnights"),
    ("working time", 1, "working minute|working minutes"),
    ("working time", 60, "working hour|working hours|business hour|business hours"),
    ("working time", 1440, "working day|working days|business day|business days|workday|workdays"),
    ("night", 1, "night|nights"),
    ("weekend", 1, "weekend|weekends"),
    ("month", 1, "month|months"),
    ("month", 12, "year|years|yr|yrs"),
    ("month", 120, "decade|decades"),
    ("data", 0.001, "kb|kilobyte|kilobytes"),
    ("data", 1, "mb|megabyte|megabytes"),
    ("data", 1000, "gb|gigabyte|gigabytes"),
    ("data", 1_000_000, "tb|terabyte|terabytes"),
    ("data rate", 1, "mbps|mbit/s|mb/s|megabits per second|megabit per second"),
    ("data rate", 1000, "gbps|gbit/s|gb/s|gigabits per second|gigabit per second"),
    ("power", 1, "w|watt|watts"),
    ("power", 1000, "kw|kilowatt|kilowatts"),
    ("power", 1_000_000, "mw|megawatt|megawatts"),
    ("energy", 1, "kwh|kilowatt hour|kilowatt hours|kilowatt-hour|kilowatt-hours"),
    ("energy", 1000, "mwh|megawatt hour|megawatt hours|megawatt-hour|megawatt-hours"),
    ("energy", 0.001, "wh|watt hour|watt hours|watt-hour|watt-hours"),
    ("charge", 1, "mah"),
    ("voltage", 1, "v|volt|volts"),
    ("frequency", 1, "hz"),
    ("frequency", 1000, "khz"),
    ("frequency", 1_000_000, "mhz"),
    ("frequency", 1_000_000_000, "ghz"),
    ("energy in food", 1, "kcal|calorie|calories|cal"),
    ("speed", 1, "mph|miles per hour|miles an hour"),
    (
        "metric speed",
        1,
        "kph|km/h|kmh|kilometres per hour|kilometers per hour|kilometres an hour|kilometers an hour",
    ),
    ("celsius", 1, "°c|degrees c|degrees celsius"),
    ("fahrenheit", 1, "°f|degrees f|degrees fahrenheit"),
    ("degree", 1, "°|degree|degrees"),
    ("picture", 1, "mp|megapixel|megapixels"),
    ("bit", 1, "bit|bits"),
    ("sound", 1, "db|decibel|decibels"),
    ("light", 1, "lm|lumens"),
)

UNITS = _unit_table()

# A letter or two that means a unit only when it follows digits ("5 m"), never a number word ("two m").
SHORT_UNITS = frozenset(
    "g gr kg mg oz lb lbs ml cl l mm cm m km ft mi ha h hr hrs min mins sec secs w v hz kb mb gb tb mp kw kwh mw mwh wh db lm".split()
)

CURRENCIES: dict[str, str] = {
    name: currency
    for currency, names in {
        "USD": "$|us$|usd|dollar|dollars|us dollars|bucks",
        "EUR": "€|eur|euro|euros",
        "GBP": "£|gbp|quid|pounds sterling",
        "JPY": "¥|jpy|yen",
        "INR": "₹|inr|rupee|rupees",
        "CHF": "chf|francs|swiss francs",
        "SEK": "kr|sek|nok|dkk|kronor|kroner",
        "PLN": "zł|pln",
        "CAD": "ca$|cad|canadian dollars",
        "AUD": "a$|aud|australian dollars",
    }.items()
    for name in names.split("|")
}
SMALL_CHANGE: dict[str, tuple[str, ...]] = {
    "p": ("GBP",),
    "pence": ("GBP",),
    "¢": ("USD", "EUR"),
    "cent": ("USD", "EUR"),
    "cents": ("USD", "EUR"),
}

NUMBER_WORDS: dict[str, int] = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
} | {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
LARGE_WORDS = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000, "dozen": 12}

MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sep sept|"
        "october oct|november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        "monday mon|tuesday tue tues|wednesday wed|thursday thu thur thurs|friday fri|saturday sat|sunday sun".split(
            "|"
        )
    )
    for name in names.split()
}
