"""COPY in Redshift's syntax."""

from dataclasses import dataclass, field

from local.redshift_data.sql.tokens import Tokens
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError


@dataclass(slots=True)
class Copy:
    """The options of a COPY. `columns` is empty if it names none; `format` is parquet, csv or json."""

    schema: str | None
    table: str
    columns: tuple[str, ...]
    source: str
    format: str = ""
    manifest: bool = False
    gzip: bool = False
    delimiter: str = ","
    quote: str = '"'
    header_lines: int = 0
    null_text: str | None = None
    date_format: str = "auto"
    time_format: str = "auto"
    empty_as_null: bool = False
    blanks_as_null: bool = False
    trim_blanks: bool = False
    truncate_columns: bool = False
    authorized: bool = field(default=False)


def copy_options(sql: str) -> Copy:
    """Parse `sql`; raises `SqlError` for what Redshift refuses, `NotOnTheLaptop` for what only the laptop refuses."""
    tokens = Tokens(sql)
    tokens.expect("copy")
    schema, table = tokens.name()
    columns = tuple(tokens.names_in_parentheses()) if tokens.peek("(") else ()
    tokens.expect("from")
    copy = Copy(schema, table, columns, tokens.text())
    while not tokens.at_end:
        _read_option(tokens, copy)
    _check(copy)
    return copy


def _read_option(tokens: Tokens, copy: Copy) -> None:
    if tokens.take("format"):
        tokens.take("as")
        _read_format(tokens, copy, tokens.next())
        return
    word = tokens.next()
    if word in ("csv", "parquet", "json"):
        _read_format(tokens, copy, word)
    elif word == "iam_role":
        if not tokens.take("default"):
            tokens.text()
        copy.authorized = True
    elif word in ("manifest", "gzip"):
        setattr(copy, word, True)
    elif word in _FLAGS:
        setattr(copy, _FLAGS[word], True)
    elif word in ("delimiter", "null", "dateformat", "timeformat", "region", "encoding"):
        tokens.take("as")
        _read_text(tokens, copy, word)
    elif word == "quote":
        tokens.take("as")
        copy.quote = tokens.text()
    elif word == "ignoreheader":
        tokens.take("as")
        copy.header_lines = int(tokens.next())
    elif word in ("statupdate", "compupdate"):
        tokens.take("on", "off", "true", "false", "preset")
    elif word == "maxerror":
        raise NotOnTheLaptop("COPY … MAXERROR")
    else:
        raise NotOnTheLaptop(f"COPY … {word.upper()}")


_FLAGS = {
    "emptyasnull": "empty_as_null",
    "blanksasnull": "blanks_as_null",
    "trimblanks": "trim_blanks",
    "truncatecolumns": "truncate_columns",
}


def _read_format(tokens: Tokens, copy: Copy, word: str) -> None:
    if word not in ("csv", "parquet", "json"):
        raise NotOnTheLaptop(f"COPY … FORMAT AS {word.upper()}")
    if copy.format:
        raise SqlError("COPY format is already specified")
    copy.format = word
    if word == "json":
        tokens.take("as")
        how = tokens.text().lower()
        if how != "auto":
            raise NotOnTheLaptop(f"COPY … JSON '{how}'")
    elif word == "csv" and tokens.take("quote"):
        tokens.take("as")
        copy.quote = tokens.text()


def _read_text(tokens: Tokens, copy: Copy, word: str) -> None:
    value = tokens.next() if word == "encoding" else tokens.text()
    if word == "delimiter":
        copy.delimiter = "\t" if value == "\\t" else value
    elif word == "null":
        copy.null_text = value
    elif word == "dateformat":
        copy.date_format = value
    elif word == "timeformat":
        copy.time_format = value
    elif word == "encoding" and value not in ("utf8", "utf-8"):
        raise NotOnTheLaptop(f"COPY … ENCODING {value.upper()}")


def _check(copy: Copy) -> None:
    if not copy.source.startswith("s3://"):
        raise NotOnTheLaptop(f"COPY from {copy.source}")
    if not copy.authorized:
        raise SqlError("CREDENTIALS argument is required but missing")
    if not copy.format:
        raise NotOnTheLaptop("COPY of delimited text without FORMAT AS CSV")
    for name in (copy.date_format, copy.time_format):
        if name.lower() not in ("auto", "yyyy-mm-dd", "yyyy-mm-dd hh:mi:ss"):
            raise NotOnTheLaptop(f"COPY … with the date or time format {name}")
    if copy.format == "parquet" and (copy.gzip or copy.header_lines or copy.null_text is not None):
        raise SqlError("COPY option is not supported for file format parquet")
