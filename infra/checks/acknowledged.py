"""The findings of cdk-nag's AWS Solutions rules that the templates keep on purpose, each with its reason.

`infra.checks.rules` judges by this table, and a test refuses an entry that no template needs.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A rule that is not followed on purpose, and where: a path inside a stack, in which `*` stands for anything."""

    rule: str
    path: str
    reason: str

    def covers(self, rule: str, path: str) -> bool:
        """Whether it acknowledges this finding. Brackets in granular rules stand for themselves.

        >>> Acknowledgement("IAM5[Resource::*/raw/*]", "A/*", "").covers("IAM5[Resource::x/raw/*]", "A/Role")
        True
        """
        return fnmatchcase(_plain(rule), _plain(self.rule)) and fnmatchcase(_plain(path), _plain(self.path))


def _plain(text: str) -> str:
    """The text with brackets that `fnmatch` does not take for a set of characters."""
    return text.replace("[", "<").replace("]", ">")


def _objects(prefix: str) -> Acknowledgement:
    """The acknowledgement for every role that may use the objects under a prefix of the lake bucket."""
    return Acknowledgement(
        f"AwsSolutions-IAM5[Resource::*Lake*/{prefix}/*]",
        "*/Role/DefaultPolicy/Resource",
        f"keys under {prefix}/ are made at run time; the actions are named, and no other prefix is open",
    )


ACKNOWLEDGED: Final = (
    _objects("raw"),
    _objects("incoming"),
    _objects("batches"),
    _objects("quarantine"),
    _objects("decisions"),
    _objects("erasures"),
    _objects("verdicts"),
    _objects("lake"),
    _objects("sales"),
    _objects("aws/lambda"),
    Acknowledgement(
        "AwsSolutions-IAM5[Resource::*Customers*/index/*]",
        "Query/Role/*",
        "Query on the table's one index, whose name a table's ARN does not hold",
    ),
    *(
        Acknowledgement(
            "AwsSolutions-IAM5[Resource::*]",
            f"{function}/Role/*",
            "Lambda's network interfaces, X-Ray's segments and the brokers' addresses: AWS binds none of these actions "
            "to a resource",
        )
        for function in ("Ingest", "Query", "Browse", "Census", "RawArchive", "OrderTables")
    ),
    Acknowledgement(
        "AwsSolutions-IAM5[Resource::*]",
        "Brokers/Lookup/Role/*",
        "the brokers' addresses: AWS's reference binds GetBootstrapBrokers to no resource",
    ),
    Acknowledgement(
        "AwsSolutions-IAM5[Resource::*]",
        "OrderApi/LogWriter/*",
        "API Gateway takes a role for its logs only with these actions on everything: one setting an account",
    ),
    Acknowledgement(
        "AwsSolutions-IAM5[Resource::*Lake*/batches/warehouse/*]",
        "Warehouse/Loader/*",
        "COPY reads what a job staged, under keys that are made at run time",
    ),
    Acknowledgement(
        "AwsSolutions-IAM5[Resource::*]",
        "Batch/LoadWarehouse/Role/*",
        "the Data API's calls on a statement name the statement, which no ARN does",
    ),
    Acknowledgement(
        "AwsSolutions-IAM5[Resource::*]",
        "Warehouse/Function/Role/*",
        "usage limits of Redshift Serverless: AWS binds none of these actions to a resource",
    ),
    Acknowledgement(
        "AwsSolutions-L1",
        "*",
        "python3.13 is the one runtime that the packages are built and tested for (cp313, arm64); raised on purpose",
    ),
    Acknowledgement(
        "AwsSolutions-VPC7",
        "Network/Vpc/*",
        "an isolated network without a way out, whose brokers take TLS with IAM only; flow logs would cost by the GB",
    ),
    Acknowledgement(
        "AwsSolutions-S1",
        "Lake/*",
        "access logs of a bucket want a second bucket; the account's CloudTrail tells who touched which object",
    ),
    Acknowledgement(
        "AwsSolutions-APIG2",
        "OrderApi/*",
        "each row of a request has an answer of its own, which a validator at the gateway would refuse whole; "
        "functions check every field",
    ),
    Acknowledgement(
        "AwsSolutions-APIG3",
        "OrderApi/*",
        "every method wants a signature of this account and the stage is throttled; a firewall is the owner's choice",
    ),
    Acknowledgement(
        "AwsSolutions-APIG6",
        "OrderApi/*",
        "the stage has access logs; the gateway's execution logs would hold customers' rows",
    ),
    Acknowledgement(
        "AwsSolutions-COG4",
        "OrderApi/*",
        "callers are programs that sign by IAM; there are no users to log in",
    ),
    Acknowledgement(
        "AwsSolutions-S1",
        "Files/*",
        "access logs of a bucket want a second bucket; it holds the built pages, which are of the checkout",
    ),
    Acknowledgement(
        "AwsSolutions-CFR1",
        "Distribution/*",
        "who may look is decided by signing in; a country is the owner's choice",
    ),
    Acknowledgement(
        "AwsSolutions-CFR2",
        "Distribution/*",
        "the files are public knowledge, and each call of the API wants a signature; a firewall is the owner's choice",
    ),
    Acknowledgement(
        "AwsSolutions-CFR3",
        "Distribution/*",
        "access logs want a bucket with ACLs; the API's access logs tell who asked for what",
    ),
    Acknowledgement(
        "AwsSolutions-CFR4",
        "Distribution/*",
        "CloudFront's own name and certificate take TLS 1.0; a newer minimum wants the owner's domain",
    ),
    Acknowledgement(
        "AwsSolutions-COG8",
        "Users",
        "threat protection is paid by the user; accounts are invited only, and each has a second factor",
    ),
    Acknowledgement(
        "AwsSolutions-IAM5[Resource::arn:*:execute-api:*/P/GET/*]",
        "Reader/*",
        "the API's read routes by name, with a star for an invoice's, customer's or extract's own name alone",
    ),
    Acknowledgement(
        "AwsSolutions-GL1",
        "Batch/*/Job",
        "logs hold counts and keys, no rows, in log groups that CloudWatch encrypts with its own key",
    ),
    Acknowledgement(
        "AwsSolutions-GL3", "Batch/*/Job", "no job keeps a bookmark: each has its own ledger in the lake bucket"
    ),
)
