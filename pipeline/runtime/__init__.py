"""The stage machinery: what a stage is, its key, its manifest and ledger, and how a run is done."""
