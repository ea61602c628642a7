"""The rights that each command with `--stack` needs on AWS: one table, of which policy and documents are made. Pure."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from commerce.batches.paths import BATCHES
from commerce.metrics import NAMESPACE
from commerce.paths import DEAD_LETTERS, DECISIONS, ERASURES, INCOMING, LAKE, NEWEST_VERDICT, QUARANTINE, RAW


class Need(NamedTuple):
    """Actions on resources, and why a command makes these calls.

    A resource is a template of `operations.operator_policy.policy.Place`; `under` are values of a condition that the
    calls fulfil, by operator and key.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str
    under: Mapping[str, Mapping[str, str]] = {}


def _api(*calls: str) -> tuple[str, ...]:
    return tuple(f"arn:aws:execute-api:{{region}}:{{account}}:{{api}}/P/{call}" for call in calls)


def _objects(*prefixes: str) -> tuple[str, ...]:
    return tuple(f"arn:aws:s3:::{{lake_bucket}}/{prefix}*" for prefix in prefixes)


STACK: Final = "arn:aws:cloudformation:{region}:{account}:stack/{stack}/*"
BUCKET: Final = "arn:aws:s3:::{lake_bucket}"
INVOICES: Final = "arn:aws:dynamodb:{region}:{account}:table/{invoices_table}"
CUSTOMERS: Final = "arn:aws:dynamodb:{region}:{account}:table/{customers_table}"
OFFSETS: Final = "arn:aws:dynamodb:{region}:{account}:table/{offsets_table}"
JOBS: Final = "arn:aws:glue:{region}:{account}:job/{stack}-*"
WORKFLOW: Final = "arn:aws:glue:{region}:{account}:workflow/{stack}-*"
LOGS: Final = "arn:aws:logs:{region}:{account}:log-group:{stack}-*"
JOB_LOGS: Final = "arn:aws:logs:{region}:{account}:log-group:/aws-glue/jobs/{stack}-*"
MAPPINGS: Final = "arn:aws:lambda:{region}:{account}:event-source-mapping:*"
WORKGROUP: Final = "arn:aws:redshift-serverless:{region}:{account}:workgroup/*"
OF_THE_STACKS_FUNCTIONS: Final = {
    "ArnLike": {"lambda:FunctionArn": "arn:aws:lambda:{region}:{account}:function:{stack}-*"}
}

FIND: Final = Need(("cloudformation:DescribeStacks",), (STACK,), "the stack's outputs name all that is asked")
RESOURCES: Final = Need(("cloudformation:ListStackResources",), (STACK,), "the names of jobs and log groups")
PIPELINE: Final = Need(("execute-api:Invoke",), _api("GET/pipeline"), "lag and counts, which the API knows")
MESSAGES: Final = Need(("execute-api:Invoke",), _api("GET/topic/messages"), "messages of the topic")
RUNS: Final = Need(("glue:GetJobRuns",), (JOBS,), "the newest run of each job, or a further attempt of one")
RUN_A_JOB: Final = Need(("glue:StartJobRun", "glue:GetJob", "glue:GetJobRun"), (JOBS,), "a run, until it has ended")
JOBS_RECORDS: Final = Need(("logs:FilterLogEvents",), (f"{JOB_LOGS}:*",), "the results that a job's run has written")
OF_THE_JOBS: Final = (RESOURCES, RUNS, RUN_A_JOB, JOBS_RECORDS)
LIST: Final = Need(("s3:ListBucket",), (BUCKET,), "the keys below a prefix")
WAREHOUSE: Final = (
    Need(("redshift-data:ExecuteStatement",), (WORKGROUP,), "a statement; the workgroup's ARN ends with an id"),
    Need(
        ("redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:CancelStatement"),
        ("*",),
        "state, rows and cancelling of a statement; IAM knows no resource for them",
    ),
    Need(("secretsmanager:GetSecretValue",), ("{warehouse_secret}",), "the login of the database"),
)
CATALOG: Final = Need(
    ("glue:GetTable",),
    tuple(
        f"arn:aws:glue:{{region}}:{{account}}:{it}"
        for it in ("catalog", "database/{lake_database}", "table/{lake_database}/{lake_table}")
    ),
    "the lake's table in the catalog",
)
LAKE_FILES: Final = Need(("s3:GetObject",), _objects(LAKE), "the files of the lake's table")
RECORDS: Final = _objects(QUARANTINE, DEAD_LETTERS, DECISIONS)
READ_RECORDS: Final = Need(("s3:GetObject",), RECORDS, "quarantined records, dead letters and decisions")
MAPPINGS_OF_THE_TOPIC: Final = Need(
    ("lambda:ListEventSourceMappings",), ("*",), "who reads the topic; IAM knows no resource for it"
)
SCAN: Final = Need(
    ("dynamodb:Scan", "dynamodb:DescribeTable"), (INVOICES, CUSTOMERS), "every item, in as many segments as fit"
)

BULK_LOADS: Final = (
    Need(
        ("dynamodb:ListBulkOperations",),
        ("*",),
        "whether a bulk load is under way; IAM knows no resource for it",
    ),
    Need(
        ("dynamodb:DescribeBulkOperation",),
        tuple(f"{it}/*" for it in (INVOICES, CUSTOMERS)),
        "the tables of a bulk load, and how far it is",
    ),
)

STATUS: Final = (
    PIPELINE,
    RESOURCES,
    RUNS,
    Need(
        ("cloudwatch:DescribeAlarms",),
        ("arn:aws:cloudwatch:{region}:{account}:alarm:*",),
        "the state of the stack's alarms",
    ),
)
COMMANDS: Final[Mapping[str, tuple[Need, ...]]] = {
    "status": STATUS,
    "top": STATUS,
    "logs": (
        RESOURCES,
        Need(("logs:FilterLogEvents", "logs:DescribeLogStreams"), (f"{LOGS}:*", f"{JOB_LOGS}:*"), "lines of the logs"),
        Need(
            ("logs:DescribeLogGroups",),
            ("*",),
            "the sizes of the logs; it is asked by prefix, for which IAM knows no resource",
        ),
    ),
    "job": (
        *OF_THE_JOBS,
        Need(("glue:StartWorkflowRun", "glue:GetWorkflowRun"), (WORKFLOW,), "`job all`, the whole workflow"),
    ),
    "smoke": (
        Need(("execute-api:Invoke",), _api("POST/order-lines"), "a line of its own"),
        Need(("execute-api:Invoke",), _api("GET/invoices/*"), "the line that `smoke` sent, in every store"),
        PIPELINE,
    ),
    "put": (
        LIST,
        Need(("s3:GetObject",), _objects(INCOMING), "whether a file has that name already"),
        Need(("s3:PutObject", "s3:AbortMultipartUpload"), _objects(INCOMING), "a file that is dropped"),
    ),
    "quarantine": (
        LIST,
        READ_RECORDS,
        Need(("s3:GetObject",), _objects(INCOMING), "the names of the columns of a quarantined row"),
        Need(("s3:PutObject",), _objects(DECISIONS), "`quarantine discard`: a decision"),
    ),
    "reconcile": (
        PIPELINE,
        MESSAGES,
        LIST,
        Need(("s3:GetObject",), _objects(RAW, INCOMING, BATCHES, ERASURES), "raw objects, files, batches, erasures"),
        READ_RECORDS,
        SCAN,
        Need(("dynamodb:Query", "dynamodb:BatchGetItem"), (INVOICES, CUSTOMERS), "an invoice, a customer, a message"),
        Need(("dynamodb:GetItem",), (CUSTOMERS,), "a summary again, where it differs"),
        Need(("dynamodb:Query",), (OFFSETS,), "the archive's ledger"),
        CATALOG,
        LAKE_FILES,
        *WAREHOUSE,
        Need(("s3:PutObject",), (f"{BUCKET}/{NEWEST_VERDICT}",), "`--publish`: the verdict"),
        Need(
            ("cloudwatch:PutMetricData",), ("*",), "`--publish`: its metric; IAM knows no resource for it",
            {"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        ),
    ),
    "sql": WAREHOUSE,
    "lake": (CATALOG, LAKE_FILES),
    "backfill": (
        PIPELINE,
        MESSAGES,
        MAPPINGS_OF_THE_TOPIC,
        Need(("lambda:CreateEventSourceMapping",), ("*",), "the second reading", OF_THE_STACKS_FUNCTIONS),
        Need(
            ("lambda:GetEventSourceMapping", "lambda:DeleteEventSourceMapping"), (MAPPINGS,),
            "state and deletion of the second reading", OF_THE_STACKS_FUNCTIONS,
        ),
        Need(("cloudwatch:GetMetricStatistics",), ("*",), "the lags of both readings; IAM knows no resource for it"),
    ),
    "erase": (
        PIPELINE,
        MESSAGES,
        *OF_THE_JOBS,
        Need(
            ("s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketVersioning"), (BUCKET,),
            "every key and version of the bucket",
        ),
        Need(
            ("s3:GetObject",),
            _objects(RAW, INCOMING, BATCHES, LAKE, QUARANTINE, DEAD_LETTERS, DECISIONS, ERASURES),
            "every object is searched",
        ),
        Need(
            ("s3:PutObject",),
            _objects(RAW, BATCHES, QUARANTINE, DEAD_LETTERS, DECISIONS, ERASURES),
            "objects without the customer, and the record of the erasure",
        ),
        Need(("s3:DeleteObject",), _objects(RAW, INCOMING, BATCHES, ERASURES), "objects that hold the customer"),
        Need(
            ("s3:DeleteObjectVersion",),
            _objects(RAW, INCOMING, BATCHES, QUARANTINE, DEAD_LETTERS, DECISIONS, ERASURES),
            "older versions of objects that hold the customer",
        ),
        Need(("dynamodb:Scan", "dynamodb:DescribeTable"), (INVOICES,), "every line, in as many segments as fit"),
        Need(("dynamodb:Query",), (INVOICES, CUSTOMERS), "an invoice's lines, a customer's summaries"),
        Need(("dynamodb:BatchWriteItem",), (INVOICES,), "the customer's lines go"),
        Need(("dynamodb:DeleteItem", "dynamodb:PutItem"), (CUSTOMERS,), "the summaries of the lines that are left"),
        *BULK_LOADS,
        *WAREHOUSE,
    ),
    "fill": (
        *OF_THE_JOBS,
        MAPPINGS_OF_THE_TOPIC,
        Need(("dynamodb:Scan",), (INVOICES, CUSTOMERS), "whether they are empty; their items, counted"),
        Need(
            ("dynamodb:StartBulkPutItems", "dynamodb:PutItem"), (INVOICES, CUSTOMERS),
            "the bulk load, which DynamoDB makes in the operator's name",
        ),
        *BULK_LOADS,
        LIST,
        Need(
            ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
            _objects(BATCHES),
            "the export, and that its batches are loaded; DynamoDB reads and reports in the operator's name",
        ),
    ),
    "env": (),
}  # fmt: skip
"""The needs of each command beside `FIND`, which all have."""
