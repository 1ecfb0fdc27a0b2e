"""What a model still knows: small tasks, the same items before and after training."""
