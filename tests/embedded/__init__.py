"""The supervisor and its servers, with real processes. No Django, no database of the other tests."""
