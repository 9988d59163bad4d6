"""What a tenant sees of its credits, and does about them: meters, buying, history, notices."""
