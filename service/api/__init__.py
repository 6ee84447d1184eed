"""Routes and the shapes of their bodies. No logic: a route calls one use case and shapes its result."""
