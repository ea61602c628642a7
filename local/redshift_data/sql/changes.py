"""INSERT, UPDATE, DELETE and MERGE for DuckDB. Their expressions are translated as a SELECT's and put back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from local.redshift_data.sql import allowed, inference, rewriting, translation
from local.redshift_data.sql.catalog import Catalog, Relation
from local.redshift_data.sql.definitions import Column
from local.redshift_data.sql.storing import all_stored, stored
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError


@dataclass(frozen=True, slots=True)
class Change:
    """A statement for DuckDB that changes `target`; `rewrites` if it changes existing rows."""

    sql: str
    target: Relation
    reads: tuple[Relation, ...]
    rewrites: bool


def change(tree: exp.Expr, catalog: Catalog) -> Change:
    """Translate `tree`; raises `SqlError`."""
    if isinstance(tree, exp.Merge):
        _mend_values(tree)
    allowed.check(tree)
    if isinstance(tree, exp.Insert):
        return _insert(tree, catalog)
    if isinstance(tree, exp.Update):
        return _update(tree, catalog)
    if isinstance(tree, exp.Delete):
        return _delete(tree, catalog)
    if isinstance(tree, exp.Merge):
        return _merge(tree, catalog)
    raise NotOnTheLaptop(tree.key.upper())


def _mend_values(tree: exp.Merge) -> None:
    """Repair INSERT VALUES (…) without a list of columns, which the parser takes for a call of a function VALUES."""
    for when in tree.args["whens"].expressions:
        clause = when.args["then"]
        first = clause.this.expressions[0] if isinstance(clause.this, exp.Tuple) and clause.this.expressions else None
        if isinstance(first, exp.Anonymous) and first.name.lower() == "values":
            clause.set("expression", exp.Tuple(expressions=first.expressions))
            clause.set("this", None)


def _target(table: exp.Expr, catalog: Catalog) -> Relation:
    if not isinstance(table, exp.Table):
        raise NotOnTheLaptop(f"{table.sql('redshift')} as the table to change")
    return catalog.table(table.db.lower() or None, table.name.lower())


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def insertable(target: Relation) -> tuple[Column, ...]:
    """The columns that are filled when none are named: all but identity columns."""
    return tuple(it for it in target.columns if it.identity is None or it.generated_by_default)


def _insert(tree: exp.Insert, catalog: Catalog) -> Change:
    named = tree.this.expressions if isinstance(tree.this, exp.Schema) else None
    target = _target(tree.this.this if isinstance(tree.this, exp.Schema) else tree.this, catalog)
    columns = insertable(target) if named is None else tuple(target.column(it.name) for it in named)
    for column in columns:
        if column.identity is not None and not column.generated_by_default:
            raise SqlError(f'cannot set an identity column to a value: "{column.name}"')
    values = tree.expression
    reads: tuple[Relation, ...] = ()
    if isinstance(values, exp.Values):
        width, sql = _values(values, columns)
    elif isinstance(values, exp.Query):
        translated = translation.query(values, catalog)
        width, reads = len(translated.outputs), translated.reads
        kinds = [it.type for it in translated.outputs]
        sql = all_stored(translated.sql, columns[:width], kinds[: len(columns)])
    else:
        raise NotOnTheLaptop("INSERT without VALUES or a query")
    if width > len(columns):
        raise SqlError("INSERT has more expressions than target columns")
    if named is not None and width < len(columns):
        raise SqlError("INSERT has more target columns than expressions")
    into = _quoted([column.name for column in columns[:width]])
    return Change(f"INSERT INTO {target.duckdb} ({into}) {sql}", target, reads, rewrites=False)


def _values(values: exp.Values, columns: Sequence[Column]) -> tuple[int, str]:
    rows = [row.expressions if isinstance(row, exp.Tuple) else [row.this] for row in values.expressions]
    if len({len(row) for row in rows}) != 1:
        raise SqlError("VALUES lists must all be the same length")
    texts = [", ".join(_value(*it) for it in zip(row, columns, strict=False)) for row in rows]
    return len(rows[0]), "VALUES " + ", ".join(f"({text})" for text in texts)


def _value(cell: exp.Expr, column: Column) -> str:
    if isinstance(cell, exp.Var) or cell.find(exp.Query) or cell.find(exp.Column):
        if cell.name.lower() == "default" and isinstance(cell, (exp.Var, exp.Column)):
            return "DEFAULT"
        raise NotOnTheLaptop(f"{cell.sql('redshift')} in VALUES")
    select = inference.annotated(exp.Select(expressions=[cell.copy()]), {})
    kind = inference.type_of(select.expressions[0])
    (value,) = rewriting.rewritten(select).expressions
    return stored(str(value.sql("duckdb")), column, kind)


def _assignments(target: Relation, pairs: Sequence[exp.Expr]) -> tuple[list[str], list[exp.Expr]]:
    names, values = [], []
    for pair in pairs:
        if not isinstance(pair, exp.EQ) or not isinstance(pair.this, exp.Column):
            raise NotOnTheLaptop(f"SET {pair.sql('redshift')}")
        names.append(target.column(pair.this.name).name)
        values.append(pair.expression)
    return names, values


def _select(values: Sequence[exp.Expr], sources: Sequence[exp.Expr], where: exp.Expr | None) -> exp.Select:
    """The SELECT with the same names in scope as the change."""
    # in parentheses, since a subquery would take the alias for its own
    aliased = [exp.alias_(exp.paren(value.copy()), f"value_{place}") for place, value in enumerate(values)]
    first, *others = (source.copy() for source in sources)
    select = exp.Select(expressions=aliased or [exp.alias_(exp.Literal.number(1), "value_0")])
    select = select.from_(first, copy=False)
    for other in others:
        select = select.join(other, join_type="cross", copy=False)
    return select if where is None else select.where(where.copy(), copy=False)


def _translated(
    select: exp.Select, catalog: Catalog, columns: Sequence[Column] = ()
) -> tuple[translation.Translated, list[str], str, list[str]]:
    """The translation, and its parts as text: values in the types of `columns`, condition, tables after the first."""
    translated = translation.query(select, catalog)
    tree = translated.tree
    values = [it.unalias().sql("duckdb") for it in tree.expressions]
    kinds = [it.type for it in translated.outputs]
    values = [stored(*it) for it in zip(values, columns, kinds, strict=True)] if columns else values
    where = tree.args.get("where")
    others = [join.this.sql("duckdb") for join in tree.args.get("joins") or ()]
    return translated, values, "" if where is None else where.this.sql("duckdb"), others


def _update(tree: exp.Update, catalog: Catalog) -> Change:
    target = _target(tree.this, catalog)
    names, values = _assignments(target, tree.expressions)
    start, where = tree.args.get("from_"), tree.args.get("where")
    sources = [tree.this, *(() if start is None else _sources(start.this))]
    select = _select(values, sources, where.this if where else None)
    columns = [target.column(name) for name in names]
    translated, texts, condition, others = _translated(select, catalog, columns)
    sets = ", ".join(f'"{name}" = {text}' for name, text in zip(names, texts, strict=True))
    sql = f"UPDATE {target.duckdb}{_alias(tree.this)} SET {sets}"
    sql += f" FROM {', '.join(others)}" if others else ""
    sql += f" WHERE {condition}" if condition else ""
    return Change(sql, target, translated.reads, rewrites=True)


def _sources(table: exp.Expr) -> list[exp.Expr]:
    if table.args.get("joins"):
        raise NotOnTheLaptop("JOIN in UPDATE … FROM or DELETE … USING")
    return [table]


def _alias(table: exp.Expr) -> str:
    return f' AS "{table.alias_or_name.lower()}"'


def _delete(tree: exp.Delete, catalog: Catalog) -> Change:
    target = _target(tree.this, catalog)
    using, where = tree.args.get("using") or [], tree.args.get("where")
    sources = [tree.this, *(source for table in using for source in _sources(table))]
    translated, _, condition, others = _translated(_select((), sources, where.this if where else None), catalog)
    sql = f"DELETE FROM {target.duckdb}{_alias(tree.this)}"
    sql += f" USING {', '.join(others)}" if others else ""
    sql += f" WHERE {condition}" if condition else ""
    return Change(sql, target, translated.reads, rewrites=True)


def _merge(tree: exp.Merge, catalog: Catalog) -> Change:
    target = _target(tree.this, catalog)
    matched, unmatched = _clauses(tree)
    _check_condition(tree.args["on"])
    source = tree.args["using"]
    if not isinstance(source, exp.Table) or catalog.get(source.db.lower() or None, source.name.lower()).is_view:
        raise NotOnTheLaptop("MERGE from anything but a table")
    deletes = isinstance(matched, exp.Var)
    names, sets = ([], []) if deletes else _assignments(target, matched.expressions)
    into, values = _inserted(unmatched, target)
    select = _select([*sets, *values], [tree.this, source], tree.args["on"])
    columns = [target.column(name) for name in (*names, *into)]
    translated, texts, condition, others = _translated(select, catalog, columns)
    pairs = ", ".join(f'"{name}" = {text}' for name, text in zip(names, texts, strict=False))
    sql = (
        f"MERGE INTO {target.duckdb}{_alias(tree.this)} USING {others[0]} ON {condition} "
        f"WHEN MATCHED THEN {'DELETE' if deletes else 'UPDATE SET ' + pairs} "
        f"WHEN NOT MATCHED THEN INSERT ({_quoted(into)}) VALUES ({', '.join(texts[len(names) :])})"
    )
    return Change(sql, target, translated.reads, rewrites=True)


def _clauses(tree: exp.Merge) -> tuple[exp.Expr, exp.Expr]:
    whens = tree.args["whens"].expressions
    if any(when.args.get("condition") or when.args.get("source") for when in whens):
        raise SqlError('syntax error at or near "and"')
    if [bool(when.args["matched"]) for when in whens] != [True, False]:
        raise SqlError("MERGE statement must have both WHEN MATCHED and WHEN NOT MATCHED clauses, in this order")
    matched, unmatched = (when.args["then"] for when in whens)
    if not isinstance(unmatched, exp.Insert) or not (isinstance(matched, exp.Update) or matched.name == "DELETE"):
        raise NotOnTheLaptop("this form of MERGE")
    return matched, unmatched


def _check_condition(on: exp.Expr) -> None:
    for part in on.flatten() if isinstance(on, exp.And) else [on]:
        if not isinstance(part.unnest(), exp.EQ):
            raise NotOnTheLaptop("MERGE … ON anything but equalities")


def _inserted(clause: exp.Expr, target: Relation) -> tuple[list[str], list[exp.Expr]]:
    columns, values = clause.this, clause.args.get("expression")
    if not isinstance(values, exp.Tuple):
        raise NotOnTheLaptop("this form of MERGE … INSERT")
    cells = values.expressions
    if columns is None:
        names = [column.name for column in insertable(target)][: len(cells)]
    else:
        names = [target.column(it.name).name for it in columns.expressions]
    if len(names) != len(cells):
        raise SqlError("INSERT has more target columns than expressions")
    return names, cells
