"""A topic's settings, to a template and back."""

import base64

import pytest

from commerce.topic_configs import decoded, encoded


def test_what_is_encoded_is_decoded_again() -> None:
    configs = {"retention.ms": "604800000", "message.timestamp.type": "LogAppendTime", "odd": "a=b"}
    assert decoded(encoded(configs)) == configs
    assert decoded(encoded({})) == {}


@pytest.mark.parametrize("text", ["retention.ms=1", base64.b64encode(b"retention.ms").decode(), "/w=="])
def test_text_that_holds_no_settings_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        decoded(text)
