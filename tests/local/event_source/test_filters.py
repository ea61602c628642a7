"""Which messages a mapping's filters pass, by AWS's pages (docs/event-source.md)."""

import json

import pytest

from local.event_source.filters import UnknownPattern, passes

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax: a row of its table each
RULES = [
    ("[null]", "null", '""'),
    ('[""]', '""', "null"),
    ('["Alice"]', '"Alice"', '"alice"'),
    ('[{"equals-ignore-case": "alice"}]', '"Alice"', '"Alina"'),
    ('["Credit", "Debit"]', '"Debit"', '"Cash"'),
    ('[{"anything-but": ["Raining"]}]', '"Sunny"', '"Raining"'),
    ('[{"anything-but": "Raining"}]', '"Sunny"', '"Raining"'),
    ('[{"anything-but": {"prefix": "Ra"}}]', '"Sunny"', '"Raining"'),
    ('[{"anything-but": [1, 2]}]', "3", "2"),
    ('[{"numeric": ["=", 100]}]', "1e2", "101"),
    ('[{"numeric": [">", 10, "<=", 20]}]', "20", "10"),
    ('[{"exists": true}]', "1", '{"below": 1}'),
    ('[{"prefix": "us-"}]', '"us-east-1"', '"eu-us-1"'),
    ('[{"suffix": ".png"}]', '"a.png"', '"a.png.gz"'),
    ("[300]", "300", "300.0"),  # "300, 300.0, and 3.0e2 are not considered equal"
    ("[true]", "true", "1"),
    ('["300"]', '"300"', "300"),
    ('[{"prefix": "3"}]', '"30"', "30"),
    ('["a"]', '["b", "a"]', '["b"]'),
]


@pytest.mark.parametrize(("rule", "matches", "does_not"), RULES)
def test_a_rule_passes_what_it_names(rule: str, matches: str, does_not: str) -> None:
    test = passes([f'{{"value": {{"Field": {rule}}}}}'])
    assert [test(f'{{"Field": {value}}}'.encode()) for value in (matches, does_not)] == [True, False]


def test_a_field_that_is_absent_matches_only_the_rule_that_says_so() -> None:
    rules = [rule for rule, _, _ in RULES]
    passing = [rule for rule in [*rules, '[{"exists": false}]'] if passes([f'{{"value":{{"Field":{rule}}}}}'])(b"{}")]
    assert passing == ['[{"exists": false}]']


def test_all_fields_must_match_and_one_of_several_under_or() -> None:
    both = passes(['{"value": {"Location": ["New York"], "Day": ["Monday"]}}'])
    either = passes(['{"value": {"$or": [{"Location": ["New York"]}, {"Day": ["Monday"]}]}}'])
    values = [{"Location": "New York", "Day": "Monday"}, {"Location": "New York"}, {"Day": "Monday"}, {"Day": "Sunday"}]
    assert [(both(json.dumps(it).encode()), either(json.dumps(it).encode())) for it in values] == [
        (True, True),
        (False, True),
        (False, True),
        (False, False),
    ]


def test_fields_below_others_match() -> None:
    test = passes(['{"value": {"session": {"duration": [{"numeric": [">", 100]}]}}}'])
    assert test(b'{"session": {"duration": 162}}')
    assert not test(b'{"session": {"duration": 2}}')
    assert not test(b'{"session": 162}')


def test_one_filter_of_several_is_enough_and_without_any_all_pass() -> None:
    several = passes(['{"value": {"A": [1]}}', '{"value": {"B": [1]}}'])
    assert [several(value) for value in (b'{"A":1}', b'{"B":1}', b'{"C":1}')] == [True, True, False]
    assert passes([])(b"anything")
    assert passes(["{}"])(b"anything")


# https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html: the table of formats; where they differ "Lambda
# filters (on the other metadata properties only)", and Kafka has none of those
@pytest.mark.parametrize(
    ("pattern", "value", "passed"),
    [
        ('["error"]', b"error", True),
        ('["error"]', b"fine", False),
        ('[{"anything-but": ["error"]}]', b"error", False),
        ('{"A": [1]}', b"plain", True),
        ('["plain"]', b'{"A": 1}', True),
        ('{"A": [1]}', b"\xff\xfe", True),
        ('["plain"]', b"\xff\xfe", True),
        ('{"A": [1]}', None, False),
    ],
)
def test_a_message_of_another_form_than_the_pattern_passes(pattern: str, value: bytes | None, passed: bool) -> None:
    assert passes([f'{{"value": {pattern}}}'])(value) == passed


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[]",
        '{"key": ["1"]}',
        '{"value": "text"}',
        '{"value": {"A": "text"}}',
        '{"value": {"A": [{"cidr": "10.0.0.0/8"}]}}',
        '{"value": {"A": [{"prefix": 1}]}}',
        '{"value": {"A": [{"prefix": "a", "suffix": "b"}]}}',
        '{"value": {"A": [{"numeric": ["!", 1]}]}}',
        '{"value": {"A": [{"numeric": ["=", "x"]}]}}',
        '{"value": {"A": [{"numeric": ["="]}]}}',
        '{"value": {"$or": {"A": [1]}}}',
    ],
)
def test_a_pattern_that_cannot_be_applied_is_refused(pattern: str) -> None:
    with pytest.raises(UnknownPattern):
        passes([pattern])
