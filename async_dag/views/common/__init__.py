"""What every picture shares: words, colours, axes, and bundles for notebooks."""
