"""Tests whose verdicts must be the same whether makers are recorded or not."""

load("@rules_cc//cc:cc_test.bzl", "cc_test")

def cc_test_with_and_without_recorder(name, env = {}, tags = [], **kwargs):
    """Two cc_tests, the second with the recorder switched off.

    Args:
      name: of the first; the second is named "..._unrecorded_test".
      env: of both.
      tags: of both; the second is also tagged "unrecorded".
      **kwargs: of both.
    """
    cc_test(
        name = name,
        env = env,
        tags = tags,
        **kwargs
    )
    cc_test(
        name = name.replace("_test", "_unrecorded_test"),
        env = dict(env, LEAKTRAP_RECORD = "off"),
        tags = tags + ["unrecorded"],
        **kwargs
    )
