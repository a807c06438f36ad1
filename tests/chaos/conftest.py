from tests.e2e.conftest import caller

__all__ = ["caller"]
