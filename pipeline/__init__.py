"""The stage machinery, and the stages that turn sources into training pairs."""
