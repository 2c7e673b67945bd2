"""What listeners see, one module a noun. Each view parses, asks one function, and renders."""
