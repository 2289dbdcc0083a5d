"""What countries are called: the names of the npm package `i18n-iso-countries`, and others that tables use."""

import json
from collections.abc import Iterable
from pathlib import Path

LEFT_OUT = ("AQ", "BV", "HM", "UM")
"""Nobody lives there, and they would make every map larger."""
OTHER_NAMES = {
    "BA": ["Bosnia", "Bosnia-Herzegovina"],
    "BN": ["Brunei"],
    "BO": ["Plurinational State of Bolivia"],
    "BS": ["Bahamas, The"],
    "CD": ["DR Congo", "DRC", "Congo, Dem. Rep.", "Congo-Kinshasa", "Congo, Democratic Republic of the", "Zaire"],
    "CG": ["Congo, Rep.", "Congo-Brazzaville"],
    "CV": ["Cabo Verde"],
    "CZ": ["Czech Rep."],
    "DO": ["Dominican Rep."],
    "EG": ["Egypt, Arab Rep."],
    "FK": ["Falkland Islands"],
    "FM": ["Micronesia", "Micronesia, Fed. Sts."],
    "GM": ["Gambia, The"],
    "HK": ["Hong Kong SAR", "Hong Kong SAR, China"],
    "IR": ["Iran, Islamic Rep.", "Iran, Islamic Republic of"],
    "KG": ["Kyrgyz Republic"],
    "KP": ["Korea, Dem. People's Rep.", "Democratic People's Republic of Korea", "Korea, North"],
    "KR": ["Korea", "Korea, Rep.", "Korea, South"],
    "LA": ["Laos", "Lao PDR"],
    "MD": ["Moldova"],
    "MK": ["Macedonia"],
    "MM": ["Burma"],
    "MO": ["Macau", "Macao SAR, China"],
    "NL": ["Holland"],
    "PS": ["West Bank and Gaza", "Palestinian Territories"],
    "SK": ["Slovak Republic"],
    "SY": ["Syria"],
    "SZ": ["Swaziland"],
    "TL": ["East Timor"],
    "TW": ["Chinese Taipei"],
    "GB": ["Great Britain and Northern Ireland", "United Kingdom of Great Britain and Northern Ireland", "Britain"],
    "US": ["America"],
    "VA": ["Vatican", "Vatican City", "Holy See"],
    "VE": ["Venezuela, RB", "Bolivarian Republic of Venezuela"],
    "VN": ["Viet Nam"],
    "VG": ["British Virgin Islands"],
    "VI": ["US Virgin Islands"],
    "YE": ["Yemen, Rep."],
}
FIRST_NAMES = {
    **{"BN": "Brunei", "CD": "DR Congo", "CG": "Congo", "CI": "Côte d'Ivoire", "CN": "China", "GM": "Gambia"},
    **{"IR": "Iran", "LA": "Laos", "MD": "Moldova", "MK": "North Macedonia", "PS": "Palestine", "RU": "Russia"},
    **{"SY": "Syria", "TW": "Taiwan", "TZ": "Tanzania", "US": "United States", "VA": "Vatican City"},
    **{"CZ": "Czechia", "FM": "Micronesia", "FK": "Falkland Islands"},
}
"""As they are shown, where the first name of the package is another."""


def names(package: Path) -> dict[str, list[str]]:
    """By two-letter code: the three-letter code, the name that is shown, and others."""
    given = json.loads((package / "langs" / "en.json").read_text())["countries"]
    codes = [code for code in json.loads((package / "codes.json").read_text()) if code[0] not in LEFT_OUT]
    return {two: [three, *_names(two, given[two])] for two, three, *_ in sorted(codes)}


def _names(code: str, given: str | list[str]) -> Iterable[str]:
    several = [given] if isinstance(given, str) else [name for name in given if (code, name) != ("CD", "Congo")]
    return dict.fromkeys([FIRST_NAMES.get(code, several[0]), *several, *OTHER_NAMES.get(code, [])])
