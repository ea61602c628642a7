"""Redshift's SQL for sqlglot's parser, with functions left under the names that they were called by."""

from typing import Any, ClassVar, Final

from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.parsers.redshift import RedshiftParser

from local.redshift_data.sql.allowed import FUNCTIONS as OF_THE_LIBRARY
from local.redshift_data.sql.functions import FUNCTIONS as BY_NAME
from local.redshift_data.sql.inference import DATE_PART

_OTHER_NAMES: Final = (
    "ADD_MONTHS", "CEILING", "CHARACTER_LENGTH", "CHAR_LENGTH", "LENGTH", "LTRIM", "MOD", "RTRIM", "SUBSTR", "TEXTLEN",
)  # fmt: skip
_KEPT: Final = {name for names in OF_THE_LIBRARY.values() for name in names.split(", ")}.union(_OTHER_NAMES)
_OURS: Final = {name.upper() for name in BY_NAME}

_OF_OTHER_DIALECTS: Final = ("IF", "STRING_AGG")
"""Functions that sqlglot reads in any dialect and Redshift does not know."""

_WORDS_OF_OTHER_DIALECTS: Final = ("DOUBLE", "REGEXP", "RLIKE", "STRING")
"""Operators and types that sqlglot reads in any dialect and Redshift does not know."""

CALLED: Final = "called"
"""In a node's `meta`: the name that a function was called by, if the parser has another for it."""


def _var_samp(arguments: list[exp.Expr]) -> exp.Expr:
    variance = exp.Variance(this=arguments[0])
    variance.meta[CALLED] = "var_samp"
    return variance


def _date_part(parser: Any) -> exp.Expr:
    part: exp.Expr = RedshiftParser.FUNCTION_PARSERS["DATE_PART"](parser)
    part.meta[DATE_PART] = True
    return part


class Dialect(Redshift):
    """sqlglot's Redshift dialect, except that most function calls keep their names and arguments.

    The library's own parser would translate formats, drop arguments that it does not know, and know a function by
    another dialect's name. It parses those functions only that the laptop takes from it.
    """

    class Tokenizer(Redshift.Tokenizer):
        """Splits statements into words."""

        KEYWORDS: ClassVar = {
            word: kind for word, kind in Redshift.Tokenizer.KEYWORDS.items() if word not in _WORDS_OF_OTHER_DIALECTS
        }

    class Parser(RedshiftParser):
        """Redshift's grammar, without functions that sqlglot knows and Redshift does not."""

        FUNCTIONS: ClassVar = {
            name: it for name, it in RedshiftParser.FUNCTIONS.items() if name in _KEPT and name not in _OURS
        } | {"VAR_SAMP": _var_samp}
        FUNCTION_PARSERS: ClassVar = {
            name: it
            for name, it in RedshiftParser.FUNCTION_PARSERS.items()
            if name not in _OURS and name not in _OF_OTHER_DIALECTS
        } | {"DATE_PART": _date_part, "PGDATE_PART": _date_part}
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {
            name: it for name, it in RedshiftParser.NO_PAREN_FUNCTION_PARSERS.items() if name not in _OF_OTHER_DIALECTS
        }
