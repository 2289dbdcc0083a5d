"""The languages whose word forms search knows."""

DEFAULT_SEARCH_LANGUAGE = "english"
_OTHER_LANGUAGES = (
    "arabic armenian basque catalan danish dutch finnish french german greek hindi hungarian indonesian irish italian "
    "lithuanian nepali norwegian portuguese romanian russian serbian spanish swedish tamil turkish yiddish"
)
SEARCH_LANGUAGES = (DEFAULT_SEARCH_LANGUAGE, "simple", *_OTHER_LANGUAGES.split())
"""Those for which Postgres 16 and 17 and lib/store/stems.py have a stemmer; `simple` has none."""
