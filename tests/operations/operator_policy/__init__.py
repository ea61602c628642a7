"""Tests of operations.operator_policy."""
