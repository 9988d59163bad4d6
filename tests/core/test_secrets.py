import pytest

from saas.core.secrets import Unreadable, decrypt, encrypt


def test_secret_comes_back_and_is_not_what_is_stored() -> None:
    stored = encrypt("sk_live_123")
    assert "sk_live" not in stored
    assert stored != encrypt("sk_live_123")
    assert decrypt(stored) == "sk_live_123"


def test_old_key_still_reads_and_only_while_it_is_named(settings: object) -> None:
    stored = encrypt("once")
    old, settings.SECRET_KEY = (
        settings.SECRET_KEY,
        "another key, just as long as it should be, for the test",
    )  # type: ignore[attr-defined]
    with pytest.raises(Unreadable):
        decrypt(stored)
    settings.SECRET_KEY_FALLBACKS = [old]  # type: ignore[attr-defined]
    assert decrypt(stored) == "once"


@pytest.mark.parametrize("forged", ["", "plain text", "gAAAAABforged"])
def test_what_was_not_encrypted_here_is_refused(forged: str) -> None:
    with pytest.raises(Unreadable):
        decrypt(forged)
