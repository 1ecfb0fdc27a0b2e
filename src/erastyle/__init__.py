"""From dated documents to a model that writes like them, with the damage measured."""

import os

# No library that is imported later may report home or open a connection that nobody asked for.
for _name, _value in {
    "DAFT_ANALYTICS_ENABLED": "0",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "DISABLE_MLFLOW_INTEGRATION": "TRUE",
    "TRL_EXPERIMENTAL_SILENCE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",  # looking for them reads every installed package
}.items():
    os.environ.setdefault(_name, _value)

__version__ = "0.1.0"
