"""System tables and views, which exist on AWS."""

from tests.local.redshift_data.corpus.cases import refused

TABLES = ()
CASES = tuple(
    refused("System tables and views reference", f"SELECT * FROM {name}", f"the system table or view {name}")
    for name in (
        "stl_load_errors", "stl_query", "stv_recents", "svl_qlog", "svv_tables", "svv_columns", "svv_table_info",
        "sys_query_history", "sys_load_error_detail", "pg_table_def", "pg_tables", "pg_class", "pg_namespace",
        "pg_user",
    )
)  # fmt: skip
