"""Which checkpoint becomes the model: the pages written meanwhile, their verdicts, the losses."""
