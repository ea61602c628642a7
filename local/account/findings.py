"""The findings of `tillstream doctor --stage`: what would stop a deployment, why, and how to mend it. Pure."""

from collections.abc import Iterator
from typing import Final

from local.account.answers import CREATED, Answers, Unasked, Use
from local.account.needs import FixedName, Needs
from local.account.quotas import CONCURRENCY, QUOTAS, UNRESERVED, Quota
from local.diagnosis.doctor import Finding

WITHOUT_MSK: Final = {"use1-az3"}
"""The ids of zones without MSK, by CloudFormation's page of `ClientSubnets`; MSK has no call that asks."""

ZONES: Final = 3
"""The zones that Redshift Serverless wants, each with a subnet."""

DELETED_BY: Final = {
    "AWS::CloudWatch::Dashboard": "aws cloudwatch delete-dashboards --dashboard-names {name}",
    "AWS::Glue::Database": "aws glue delete-database --name {name}",
    "AWS::Glue::Job": "aws glue delete-job --job-name {name}",
    "AWS::Glue::Trigger": "aws glue delete-trigger --name {name}",
    "AWS::Glue::Workflow": "aws glue delete-workflow --name {name}",
    "AWS::IAM::Role": "aws iam list-role-policies --role-name {name};"
    " aws iam delete-role-policy --role-name {name} --policy-name POLICY; aws iam delete-role --role-name {name}",
    "AWS::Logs::LogGroup": "aws logs delete-log-group --log-group-name {name}",
    "AWS::MSK::Cluster": "aws kafka delete-cluster --cluster-arn $(aws kafka list-clusters-v2"
    " --cluster-name-filter {name} --query 'ClusterInfoList[0].ClusterArn' --output text)",
    "AWS::MSK::Configuration": "aws kafka delete-configuration --arn $(aws kafka list-configurations"
    " --query 'Configurations[?Name==`{name}`].Arn' --output text)",
    "AWS::RedshiftServerless::Namespace": "aws redshift-serverless delete-namespace --namespace-name {name}",
    "AWS::RedshiftServerless::Workgroup": "aws redshift-serverless delete-workgroup --workgroup-name {name}",
}
"""The command that deletes a resource of a type, with what it holds."""

REMAINS_DELETED_BY: Final = {
    "tables": "aws dynamodb update-table --no-deletion-protection-enabled --table-name {name};"
    " aws dynamodb delete-table --table-name {name}",
    "buckets": "empty it of every version (the console's Empty does), then aws s3 rb s3://{name}",
}


def findings(stage: str, needs: Needs, answers: Answers) -> list[Finding]:
    """One finding a need, in the order in which one would resolve them; credentials alone where they do not work."""
    if isinstance(answers.caller, Unasked):
        remedy = (
            "set AWS_PROFILE or the like, or sign in (`aws sso login`), until `aws sts get-caller-identity` answers"
        )
        return [Finding("credentials", answers.caller.why, remedy, missing=True)]
    return [
        Finding("credentials", f"account {answers.caller.account}, as {answers.caller.arn}"),
        _region(needs, answers),
        *_zones(needs, answers),
        *_kafka(needs, answers),
        _bootstrap(stage, needs, answers),
        *_quotas(needs, answers),
        *_stacks(stage, needs, answers),
        *_taken(needs, answers),
        *_remains(needs, answers),
        *_log_role(needs, answers),
    ]


def unasked(need: str, question: Unasked) -> Finding:
    """The finding about a question that AWS did not answer."""
    what = (
        f"could not be asked: {question.action} is not allowed"
        if question.denied
        else f"could not be asked: {question.why}"
    )
    remedy = f"allow {question.action}, or look yourself" if question.denied else "ask again, or look yourself"
    return Finding(need, what, remedy, asked=False)


def _region(needs: Needs, answers: Answers) -> Finding:
    status = answers.region
    if isinstance(status, Unasked):
        return unasked("region", status)
    if status == "not-opted-in":
        remedy = f"aws account enable-region --region-name {needs.region}, and wait until it is enabled"
        return Finding("region", f"{needs.region} is not enabled in this account", remedy, missing=True)
    if status == "unknown":
        return Finding("region", f"AWS has no {needs.region}", "name another in infra/stages.py", missing=True)
    return Finding("region", needs.region)


def _zones(needs: Needs, answers: Answers) -> Iterator[Finding]:
    """Three zones with MSK: those of the subnets that the stage makes, or of those that it was given."""
    if needs.subnets:
        yield _subnets(needs, answers)
        return
    if isinstance(answers.zones, Unasked):
        yield unasked("zones", answers.zones)
        return
    fit = {it.name: it.id for it in answers.zones.values() if it.available and it.id not in WITHOUT_MSK}
    if not isinstance(answers.types, Unasked) and needs.broker_type:
        fit = {name: id for name, id in fit.items() if id in answers.types}
    named = [
        f"{name} ({answers.zones[name].id})" if name in answers.zones else f"{name} (none)" for name in needs.zones
    ]
    bad = [name for name in needs.zones if name not in fit]
    if not bad:
        yield Finding("zones", ", ".join(named))
    elif len(fit) < ZONES:
        yield Finding(
            "zones",
            f"{needs.region} has {len(fit)} zones for MSK's {needs.broker_type}: {', '.join(sorted(fit)) or 'none'}",
            "name another region or another type of broker in infra/stages.py",
            missing=True,
        )
    else:
        instead = ", ".join(f'"{name}"' for name in sorted(fit)[:ZONES])
        found = f"{', '.join(named)}: MSK has no brokers of type {needs.broker_type} in {', '.join(bad)}"
        yield Finding("zones", found, f"write zones=({instead}) into infra/stages.py", missing=True)
    if isinstance(answers.types, Unasked):
        yield unasked("zones of the brokers' type", answers.types)


def _subnets(needs: Needs, answers: Answers) -> Finding:
    """Whether the existing subnets stand in three zones with MSK."""
    if isinstance(answers.subnets, Unasked):
        return unasked("subnets", answers.subnets)
    ids = [answers.subnets.get(it, "") for it in needs.subnets]
    found = ", ".join(f"{subnet} in {id or 'no zone'}" for subnet, id in zip(needs.subnets, ids, strict=True))
    bad = len(set(ids) - {""}) < ZONES or bool(set(ids) & WITHOUT_MSK)
    remedy = f"name subnets in {ZONES} zones, none of them {', '.join(sorted(WITHOUT_MSK))}" if bad else ""
    return Finding("subnets", found, remedy, missing=bad)


def _kafka(needs: Needs, answers: Answers) -> Iterator[Finding]:
    """Whether MSK starts clusters of the stage's version of Kafka."""
    if not needs.kafka_version:
        return
    if isinstance(answers.versions, Unasked):
        yield unasked("MSK", answers.versions)
    elif needs.kafka_version in answers.versions:
        yield Finding("MSK", f"has Kafka {needs.kafka_version}")
    else:
        newest = ", ".join(sorted(answers.versions)[-3:]) or "none"
        remedy = f"VERSION in infra/kafka.py: the newest that this region has are {newest}"
        yield Finding("MSK", f"has no Kafka {needs.kafka_version} in {needs.region}", remedy, missing=True)


def _bootstrap(stage: str, needs: Needs, answers: Answers) -> Finding:
    version = answers.bootstrap
    if isinstance(version, Unasked):
        return unasked("CDK bootstrap", version)
    if version is not None and version >= needs.bootstrap:
        return Finding("CDK bootstrap", f"version {version}")
    account = answers.caller.account if not isinstance(answers.caller, Unasked) else "ACCOUNT"
    remedy = f"cd infra && npm ci && npx cdk bootstrap aws://{account}/{needs.region} -c stage={stage}"
    found = "none in this region" if version is None else f"version {version}, and {needs.bootstrap} is needed"
    return Finding("CDK bootstrap", found, remedy, missing=True)


def _quotas(needs: Needs, answers: Answers) -> Iterator[Finding]:
    """Quotas that a first deployment would exceed. A stack that stands has what it needs, and takes no more."""
    if all(status in CREATED for status in answers.stacks.values()):
        yield Finding("quotas", "not asked: the stacks stand, and an update takes no more of them")
        return
    yield _quota("Lambda concurrency", CONCURRENCY, answers.concurrency, needs, left=UNRESERVED)
    for name, use in answers.quotas.items():
        yield _quota(name, QUOTAS[name], use, needs)


def _quota(name: str, quota: Quota, use: Use | Unasked, needs: Needs, left: int = 0) -> Finding:
    """The finding about one quota, of which `left` must remain."""
    if isinstance(use, Unasked):
        return unasked(name, use)
    wanted = quota.wanted(needs)
    least = use.used + wanted + left
    rest = f" and {left:g} must be left" if left else ""
    found = f"{use.quota:g} {quota.counted}, of which {use.used:g} are taken; the stage takes {wanted:g}{rest}"
    if least <= use.quota:
        return Finding(name, found)
    remedy = (
        f"aws service-quotas request-service-quota-increase --region {needs.region} --service-code {quota.service}"
        f" --quota-code {quota.code} --desired-value {least:g}"
    )
    return Finding(name, found, remedy, missing=True)


def _stacks(stage: str, needs: Needs, answers: Answers) -> Iterator[Finding]:
    """The state of each stack of the stage."""
    for name, status in answers.stacks.items():
        need = f"stack {name}"
        if isinstance(status, Unasked):
            yield unasked(need, status)
        elif not status:
            yield Finding(need, "not there yet: the deployment creates it")
        elif status in CREATED:
            yield Finding(need, f"{status}: the deployment updates it")
        elif status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            remedy = f"wait until it has ended: aws cloudformation describe-stacks --stack-name {name}"
            yield Finding(need, f"{status}: another deployment is at it", remedy, missing=True)
        elif status == "UPDATE_ROLLBACK_FAILED":
            remedy = f"aws cloudformation continue-update-rollback --stack-name {name}"
            yield Finding(need, f"{status}: a resource could not go back", remedy, missing=True)
        elif status in ("ROLLBACK_FAILED", "DELETE_FAILED"):
            remedy = (
                "delete the resource that its events name: aws cloudformation describe-stack-events --stack-name "
                f"{name} --query 'StackEvents[?contains(ResourceStatus, `FAILED`)].[LogicalResourceId,"
                "ResourceStatusReason]'"
            )
            yield Finding(need, f"{status}: a resource could not be deleted", remedy, missing=True)
        else:
            yield Finding(
                need, f"{status}: it was never created", f"make deploy STAGE={stage} deletes it and begins anew"
            )


def _taken(needs: Needs, answers: Answers) -> Iterator[Finding]:
    """Fixed names that are taken although the stack that would make them is not there."""
    new = [it for it in needs.names if _is_new(it, answers)]
    unknown = {it.type for it in needs.names if it in new or isinstance(answers.stacks.get(it.stack), Unasked)}
    taken = []
    for type, names in answers.names.items():
        if not isinstance(names, Unasked):
            taken += [it for it in new if it.type == type and it.name in names]
        elif type in unknown:
            yield unasked(f"names of {type}", names)
    for it in taken:
        found = f"an {it.type} of this name exists, and {it.stack} would make another: the deployment fails"
        yield Finding(
            f"{it.type.rpartition(':')[2]} {it.name}", found, DELETED_BY[it.type].format(name=it.name), missing=True
        )
    if new and not taken:
        yield Finding("names", "none that was asked for is taken")


def _is_new(name: FixedName, answers: Answers) -> bool:
    """Whether the deployment would create this name's resource, as far as the stack's status is known."""
    status = answers.stacks.get(name.stack, "")
    return isinstance(status, str) and status not in CREATED and not status.startswith("UPDATE_")


def _remains(needs: Needs, answers: Answers) -> Iterator[Finding]:
    """Tables and buckets that a deleted stage left: their names are not fixed, so they only cost money."""
    for what, names in answers.remains.items():
        if isinstance(names, Unasked):
            yield unasked(f"remaining {what}", names)
            continue
        for name in sorted(names):
            if not any(status and name.startswith(f"{stack}-") for stack, status in answers.stacks.items()):
                found = f"one of the {what} that a deleted stage left: it does not hinder, and is paid"
                yield Finding(name, found, "if its data may go: " + REMAINS_DELETED_BY[what].format(name=name))


def _log_role(needs: Needs, answers: Answers) -> Iterator[Finding]:
    """The role with which all APIs of the region log: the first deployment replaces it."""
    role = answers.log_role
    if not needs.logs_of_apis:
        return
    if isinstance(role, Unasked):
        yield unasked("API logs", role)
    elif role and any(not status for status in answers.stacks.values()):
        back = f"aws apigateway update-account --patch-operations op=replace,path=/cloudwatchRoleArn,value={role}"
        yield Finding(
            "API logs", f"{role} writes them, and the deployment puts another role in its place", f"to go back: {back}"
        )
