"""The gate: acceptance criteria, their lines, and the verdict."""
