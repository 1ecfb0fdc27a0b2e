"""Fine-tuning with TRL and PEFT: its plan, its trainer, its checkpoints."""
