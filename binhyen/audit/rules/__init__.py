"""Pure: the chain, its Merkle tree, signed checkpoints, what a verifier concludes, which reads are entries."""
